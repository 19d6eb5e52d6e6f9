"""Dialogues about techniques: the logs are those of the system that the observation is about."""

from hackmentor.data.compose import attack_dialogue_wordings as said
from hackmentor.data.compose import attack_dialogues, attack_phrases
from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor


def test_no_other_system_s_logs_are_advised_for_a_program() -> None:
    entries = load_source("attack").entries
    index = EntryIndex(entries)
    (template,) = (item for item in attack_dialogues.DIALOGUE_TEMPLATES if item.name == "attack.symptom")
    checked = 0
    for technique in (entry for entry in entries if isinstance(entry, Technique)):
        for dialogue in template.make(technique, HashChooser(3, technique.upstream_id, template.name), index):
            actors = [index.get(item.actor.id, Actor) for item in technique.procedures if item.text in str(dialogue)]
            platforms = {name for actor in actors if actor for name in actor.platforms}
            answers = [answer for question, answer in dialogue.turns if question in said.ASK_TRACES]
            if platforms == {"Windows"} and answers:
                checked += 1
                assert not [name for name in ("`macos:", "`auditd:", "`esxi:", "`AWS:") if name in answers[0]], answers
    assert checked > 20


def test_hiding_is_the_aim_only_of_what_has_no_other() -> None:
    techniques = [entry for entry in load_source("attack").entries if isinstance(entry, Technique)]
    hiding = {goal for tactic in attack_phrases.HIDING for goal in attack_phrases.GOAL_WORDINGS.get(tactic, ())}
    told = {item.upstream_id: attack_phrases.get_first_goal(item) for item in techniques}
    assert told["T1550.002"] not in hiding
    for technique in techniques:
        assert (told[technique.upstream_id] in hiding) == (set(technique.tactics) <= set(attack_phrases.HIDING))

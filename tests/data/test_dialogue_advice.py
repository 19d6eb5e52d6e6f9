"""What dialogues recommend: said once, fitting the case, and no more than is known."""

import re
from collections import Counter

import pytest

from hackmentor.data.compose import actor_dialogue_wordings as actor_said
from hackmentor.data.compose import actor_dialogues, attack_dialogue_wordings, attack_dialogues, cwe_consulting
from hackmentor.data.compose.template import EntryIndex, TemplateSet
from hackmentor.data.sources import load_source
from hackmentor.records.record import Record


def compose(source: str, templates: object) -> list[Record]:
    catalogue = load_source(source)
    made = TemplateSet(dialogue_templates=templates)  # type: ignore[arg-type]
    return list(made.make_turn_records(EntryIndex(catalogue.entries), catalogue.origin, seed=6))


def list_lines(record: Record) -> list[str]:
    said = [message["content"] for message in record.messages if message["role"] == "assistant"]
    return [line.removeprefix("- ") for text in said for line in text.split("\n") if len(line.split()) >= 8]


def test_a_measure_is_advised_once_and_not_again_for_another_stage() -> None:
    dialogues = compose("cwe", cwe_consulting.DIALOGUE_TEMPLATES)
    assert len(dialogues) > 30
    for record in dialogues:
        assert max(Counter(list_lines(record)).values()) == 1, record.id


def test_software_that_others_warn_of_is_searched_and_not_contained() -> None:
    dialogues = [r for r in compose("attack", actor_dialogues.DIALOGUE_TEMPLATES) if r.task == "actor.triage"]
    heard = tuple(text.split("{")[0] for text in actor_said.HEARD_OF if not text.startswith("{"))
    contained = [option for options in actor_said.CONTAIN_HOST[:1] for option in options]
    warned = [record for record in dialogues if record.messages[0]["content"].startswith(heard)]
    assert len(warned) >= 5
    for record in warned:
        assert not any(text in record.messages[-1]["content"] for text in contained), record.id


def test_a_control_is_listed_for_what_it_adds() -> None:
    for record in compose("attack", actor_dialogues.DIALOGUE_TEMPLATES):
        last = record.messages[-1]["content"]
        named = [part.rstrip(").,:") for part in last.split() if part.startswith("(T1")]
        assert len(set(named)) == len(named), record.id


def test_what_a_program_can_do_is_not_told_as_something_seen() -> None:
    patterns = [re.escape(text).replace(re.escape("{text}"), "(.*)") for text in attack_dialogue_wordings.SEEN]
    found = [r for r in compose("attack", attack_dialogues.DIALOGUE_TEMPLATES) if r.task == "attack.symptom"]
    asked = [record.messages[0]["content"] for record in found]
    told = [match for text in asked for p in patterns if (match := re.fullmatch(p, text, re.DOTALL))]
    assert len(told) > 40
    assert [match[1] for match in told if attack_dialogues.ABILITY.search(match[1])] == []


@pytest.mark.parametrize("shape", ["PLAIN_AIM", "PLAIN_MEASURE", "PLAIN_REQUEST", "CAUTION", "TRACES"])
def test_frames_are_many_and_short(shape: str) -> None:
    frames = getattr(attack_dialogue_wordings, shape)
    assert len(set(frames)) == len(frames) >= 7
    assert all(len(text.split()) <= 14 for text in frames)

"""Dialogues about adversary techniques: each question takes up what the answer before it said."""

import re
from collections.abc import Callable, Iterator

from hackmentor.data.compose import attack_dialogue_wordings as said
from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose import attack_wordings as wordings
from hackmentor.data.compose.attack_tasks import list_cases
from hackmentor.data.compose.plain_measures import PLAIN_MEASURES
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.attack import Technique

Turn = tuple[str, str]
Ask = Callable[[Technique, HashChooser], Iterator[Turn]]
BRIEFED, SYMPTOMS = 0.22, 0.5
# Told of what a program can do, a sentence is from a report and not from what somebody saw.
ABILITY = re.compile(r"\b(?:can|could|may|might|able to|ability|capable|capability)\b")


def _build_briefing_dialogue(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """What it is; then two of: how it would show, what helps, who does it; mostly, how to tell management."""
    if not technique.mitigations or not chooser.draw("kept", BRIEFED):
        return
    first = chooser.pick("first", said.BRIEFING).format(**phrases.make_slots(technique))
    options: list[Ask] = [_ask_about_traces, _ask_about_measures, _ask_about_groups]
    plans = [list(ask(technique, chooser)) for ask in options]
    order = chooser.shuffle("plan", [number for number, plan in enumerate(plans) if plan])[:2]
    turns = [(first, phrases.summarise_technique(technique, chooser, 26))]
    turns += [turn for number in sorted(order) for turn in plans[number]]
    if chooser.draw("managed", 0.6):
        turns += _ask_for_management_summary(technique, chooser)
    if len(turns) > 2:
        yield Dialogue(turns)


def _build_symptom_dialogue(technique: Technique, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """From an observation to the technique, and on to its users, to evidence or to measures."""
    cases = list_cases(technique, chooser, entry_index)
    options: list[Ask] = [_ask_about_traces, _ask_about_measures]
    plans = [plan for ask in options if (plan := list(ask(technique, chooser)))]
    if not cases or not plans or not chooser.draw("kept", SYMPTOMS):
        return
    text, span = cases[0]
    opening = said.REPORTED if ABILITY.search(text) else said.SEEN
    lead = chooser.pick("lead", wordings.IDENTIFIED).format(label=phrases.format_label(technique))
    reason = chooser.pick("reason", wordings.IDENTIFIED_BY).format(span=span)
    turns = [(chooser.pick("first", opening).format(text=text), f"{lead} {reason}")]
    if chooser.draw("attributed", 0.5):
        turns += _ask_about_groups(technique, chooser)
    turns += plans[chooser.pick("then", range(len(plans)))]
    yield Dialogue(turns)


def _ask_about_groups(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    if technique.groups:
        number = len(technique.groups)
        names = phrases.format_group_names(technique.groups, chooser, 3)
        pool = said.GROUPS_SOME if number > 3 else said.GROUPS_ALL
        known = chooser.pick("known", pool).format(names=names, count=number)
        yield chooser.pick("who", said.ASK_GROUPS), f"{known} {chooser.pick('caution', said.CAUTION)}"


def _ask_about_traces(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    logs = chooser.shuffle("logs", phrases.format_log_sources(technique, 6))[:3]
    if logs:
        frame = chooser.pick("collect", said.TRACES)
        listed = join_items(logs) if "{logs}" in frame else ""
        answer = frame.format(logs=listed, id=technique.upstream_id)
        yield (
            chooser.pick("traces", said.ASK_TRACES),
            answer if listed else join_paragraphs(answer, format_bullets(logs)),
        )


def _ask_about_measures(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    lines = phrases.format_countermeasures(technique, chooser.pick("many", (1, 2)), 25)
    names = phrases.list_unexplained_names(technique)
    if not lines and not names:
        return
    question = chooser.pick("measures", said.ASK_MEASURES)
    named = chooser.pick("named", said.NAMED).format(names=join_items(names[:3]), id=technique.upstream_id)
    if not lines:
        yield question, named
        return
    body = format_bullets(lines) if len(lines) > 1 else lines[0]
    yield question, join_paragraphs(chooser.pick("put", said.MEASURES_LEAD), body)


def _ask_for_management_summary(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    measures = [PLAIN_MEASURES.get(item.name, ()) for item in technique.mitigations]
    plain = [chooser.pick(f"plain{number}", options) for number, options in enumerate(measures) if options][:2]
    if not plain:
        return
    goal = phrases.get_goal(technique.tactics[0], technique.upstream_id)
    count = len(technique.groups)
    parts = [
        chooser.pick("aim", said.PLAIN_AIM).format(goal=goal),
        chooser.pick("number", said.PLAIN_NUMBER).format(count=count)
        if count > 2 and chooser.draw("told", 0.5)
        else "",
        chooser.pick("by", said.PLAIN_MEASURE).format(measures=join_items(plain)),
        chooser.pick("back", said.PLAIN_REQUEST) if chooser.draw("requested", 0.5) else "",
    ]
    yield chooser.pick("management", said.ASK_PLAIN), " ".join(part for part in parts if part)


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Technique], ...] = (
    DialogueTemplate("attack.briefing", Technique, _build_briefing_dialogue),
    DialogueTemplate("attack.symptom", Technique, _build_symptom_dialogue),
)

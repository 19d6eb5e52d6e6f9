"""Questions about adversary techniques: what they are, where they belong, who uses them, what helps."""

import re
from collections.abc import Callable, Iterator

from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import (
    finish_sentence,
    format_bullets,
    join_items,
    join_paragraphs,
    split_sentences,
    trim_to_sentences,
)
from hackmentor.data.sources.attack import Technique


def _draft_explain(technique: Technique, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    yield AnswerDraft(
        join_paragraphs(phrases.summarise_technique(technique), phrases.get_details(technique)),
        phrases.make_slots(technique),
    )


def _draft_tactic(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    several = len(technique.tactics) > 1
    label, goals = phrases.format_label(technique), phrases.format_goals(technique)
    lead = chooser.pick(
        "lead",
        (
            f"{label} serves {'these tactics' if several else 'one tactic'}: {goals}.",
            f"With {phrases.format_label(technique)}, attackers pursue {phrases.format_goals(technique)}.",
            f"{technique.upstream_id} belongs to {phrases.format_goals(technique)}.",
        ),
    )
    yield AnswerDraft(
        join_paragraphs(lead, trim_to_sentences(phrases.split_description(technique)[0], 60)),
        phrases.make_slots(technique),
    )


def _draft_mitigations(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = phrases.format_countermeasures(technique, chooser)
    if not lines:
        return
    count = phrases.format_count(len(technique.mitigations), "mitigation")
    lead = chooser.pick(
        "lead",
        (
            f"ATT&CK names {count} for {phrases.format_label(technique)}.",
            f"Against {phrases.format_label(technique)}, use the following.",
            f"To make {phrases.format_label(technique)} harder:",
            f"{technique.upstream_id} is addressed by these measures.",
        ),
    )
    yield AnswerDraft(join_paragraphs(lead, format_bullets(lines)), phrases.make_slots(technique))


def _draft_groups(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    number = len(technique.groups)
    if not number:
        return
    use = "uses" if number == 1 else "use"
    lead = f"{phrases.format_count(number, 'group').capitalize()} in ATT&CK {use} {phrases.format_label(technique)}"
    some = ", among them " if number > 8 else ": "
    output = f"{lead}{some}{phrases.format_group_names(technique.groups, chooser)}."
    why = (
        f"They use it to pursue {phrases.format_goals(technique)}."
        if number > 1
        else f"The purpose is {phrases.format_goals(technique)}."
    )
    yield AnswerDraft(join_paragraphs(output, why), phrases.make_slots(technique))


def _draft_platforms(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if not technique.platforms:
        return
    where = join_items(list(technique.platforms))
    lead = chooser.pick(
        "lead",
        (
            f"{phrases.format_label(technique)} applies to {where}.",
            f"Defenders of {where} have to reckon with {phrases.format_label(technique)}.",
            f"ATT&CK lists {where} for {phrases.format_label(technique)}.",
        ),
    )
    yield AnswerDraft(
        join_paragraphs(lead, trim_to_sentences(phrases.split_description(technique)[0], 70)),
        phrases.make_slots(technique),
    )


def _draft_watch(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if not technique.data_sources:
        return
    lead = chooser.pick(
        "lead",
        (
            f"Collect these to see {phrases.format_label(technique)}:",
            f"{phrases.format_label(technique)} leaves traces in the following data:",
            f"A detection for {technique.upstream_id} rests on:",
        ),
    )
    goal = f"Read them with the attacker's aim in mind: {phrases.format_goals(technique)}."
    yield AnswerDraft(
        join_paragraphs(lead, format_bullets(technique.data_sources), goal), phrases.make_slots(technique)
    )


def _draft_identify(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    text = describe_without_name(technique)
    if text:
        lead = chooser.pick(
            "lead",
            (
                f"This is {phrases.format_label(technique)}.",
                f"It matches {phrases.format_label(technique)}.",
                f"{phrases.format_label(technique)} describes this behaviour.",
                f"The behaviour maps to {phrases.format_label(technique)}.",
            ),
        )
        yield AnswerDraft(
            f"{lead} It serves {phrases.format_goals(technique)}.", phrases.make_slots(technique), input=text
        )


def describe_without_name(technique: Technique) -> str:
    """What the attacker does, from the later paragraphs, without the technique's name; empty if that is too short."""
    blocks = phrases.split_description(technique)
    text = " ".join(split_sentences(blocks[1] if len(blocks) > 1 else blocks[0])[:3])
    own = {technique.name.lower(), technique.name.lower().rstrip("s")}
    if "\n" in text or any(name in text.lower() for name in own) or len(text.split()) < 20:
        return ""
    seen = finish_sentence(
        rephrase_as_observed(re.sub(r"^(?:For example|In addition|Additionally|Also|However), ", "", text))
    )
    # Background on a technology is no observation.
    return seen if re.search(r"attackers|adversar", seen) else ""


def rephrase_as_observed(text: str) -> str:
    """Rephrases what adversaries may do as what attackers did, as a report would."""
    text = re.sub(r"\b([Aa])dversaries (?:may|can|could|might) be able to\b", _replace_subject("can"), text)
    text = re.sub(r"\b([Aa])dversaries (?:may|can|could|might) be\b", _replace_subject("are"), text)
    return re.sub(
        r"\b([Aa])dversaries (?:may|can|could|might)(?: also)? (?!not\b|only\b|need\b)", _replace_subject(""), text
    )


def _replace_subject(verb: str) -> Callable[[re.Match[str]], str]:
    def said(match: re.Match[str]) -> str:
        subject = "The attackers" if match.group(1) == "A" else "the attackers"
        return f"{subject} {verb}"

    return said


EXPLAIN = (
    "Explain the ATT&CK technique {label}.",
    "What do attackers do in {label}?",
    "Describe {id} for an analyst who is new to the team.",
    "How does {name} work?",
    "Tell me about {label}.",
    "{id} appears in an incident report. What does it stand for?",
    "Summarise the adversary technique {label}.",
    "Why do adversaries use {name}?",
    "Brief me on {label} before the threat hunt.",
)
TACTIC = (
    "Which tactic does {label} serve?",
    "Place {label} in the attack life cycle.",
    "What is an attacker trying to achieve with {name}?",
    "Map {id} to its tactics.",
    "At which stage of an intrusion would you expect {label}?",
    "{id}: name the tactics and say what they mean.",
    "To which goals of an attacker does {label} contribute?",
)
MITIGATIONS = (
    "Which mitigations address {label}?",
    "How can an organisation protect itself against {label}?",
    "Recommend controls against {id}.",
    "Harden our environment against {label}: what should we do?",
    "We have seen {id} in an exercise. How do we make it harder?",
    "List preventive measures for {name}.",
    "Advise a system administrator on defending against {label}.",
    "Turn {id} into a list of controls to implement.",
)
GROUPS = (
    "Which threat groups use {label}?",
    "Who is known to use {id}?",
    "Name groups that rely on {label} and say what for.",
    "Is {label} used by known threat actors?",
    "For attribution work, list groups associated with {id}.",
    "Threat intelligence request: who employs {name}?",
)
PLATFORMS = (
    "On which platforms does {label} apply?",
    "Does {id} concern our systems? List its platforms.",
    "Where can attackers use {label}?",
    "Which environments must defend against {name}?",
    "Scope {id}: which platforms are affected, and what happens there?",
)
WATCH = (
    "Which data do we need to detect {label}?",
    "What should a SOC log to notice {id}?",
    "Where would {label} leave traces?",
    "Plan log collection for {label}.",
    "Our detection engineer starts on {id}. Which data sources matter?",
    "Telemetry for {name}: what do we collect?",
)
IDENTIFY = (
    "Which ATT&CK technique does this behaviour show?",
    "Map the following observation to MITRE ATT&CK.",
    "Name the technique that the report describes.",
    "An incident report contains this passage. Assign a technique.",
    "Identify the adversary technique and its tactic.",
    "Tag this paragraph with an ATT&CK id.",
    "From the description below, work out the technique.",
)

QUESTION_TEMPLATES: tuple[QuestionTemplate[Technique], ...] = (
    QuestionTemplate("attack.explain", "explain", Technique, EXPLAIN, _draft_explain),
    QuestionTemplate("attack.tactic", "map", Technique, TACTIC, _draft_tactic),
    QuestionTemplate("attack.mitigations", "mitigate", Technique, MITIGATIONS, _draft_mitigations),
    QuestionTemplate("attack.groups", "map", Technique, GROUPS, _draft_groups),
    QuestionTemplate("attack.platforms", "map", Technique, PLATFORMS, _draft_platforms),
    QuestionTemplate("attack.watch", "detect", Technique, WATCH, _draft_watch),
    QuestionTemplate("attack.identify", "judge", Technique, IDENTIFY, _draft_identify),
)

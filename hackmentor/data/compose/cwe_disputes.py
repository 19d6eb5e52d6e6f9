"""Two names for one finding, decided by the evidence: the special one, the general one, or neither."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.cwe_tasks import find_telling_words, list_cases
from hackmentor.data.compose.template import (
    AnswerDraft,
    Dialogue,
    DialogueTemplate,
    EntryIndex,
    QuestionTemplate,
)
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import lower_first_letter, split_sentences, trim_to_sentences
from hackmentor.data.sources.cwe_examples import ObservedExample
from hackmentor.data.sources.cwe_weakness import Weakness

Outcome = Literal["special", "general", "neither"]
OUTCOMES: tuple[Outcome, ...] = (*("general",) * 8, *("neither",) * 2)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A vulnerability, two weaknesses that are proposed for it, and which of them its text supports."""

    special: Weakness
    general: Weakness
    case: ObservedExample
    owner: Weakness
    """The weakness that the case shows: one of the two, or a third."""
    span: str
    outcome: Outcome


def find_dispute(weakness: Weakness, chooser: HashChooser, entry_index: EntryIndex) -> Dispute | None:
    """A dispute between a weakness and its parent; None where no case would decide it."""
    parents = [found for ref in weakness.parents if (found := entry_index.get(ref.id, Weakness))]
    parent = next((item for item in parents if phrases.may_be_assigned(item)), parents[0] if parents else None)
    if not parent or not phrases.may_be_assigned(weakness):
        return None
    # A vulnerability of neither can be found for any two; of the two themselves only where CWE has one.
    drawn: Outcome = chooser.pick("outcome", OUTCOMES)
    others: list[Outcome] = [] if drawn == "neither" else ["general", "special"]
    for outcome in dict.fromkeys([drawn, *others]):
        owner = _choose_owner(outcome, weakness, parent, chooser, entry_index)
        cases = chooser.shuffle(f"case{outcome}", list_cases(owner)) if owner else []
        for case in cases[:4]:
            span = find_telling_words(case, owner, entry_index) if owner else ""
            if owner and span:
                return Dispute(weakness, parent, case, owner, span, outcome)
    return None


def _choose_owner(
    outcome: Outcome, weakness: Weakness, parent: Weakness, chooser: HashChooser, entry_index: EntryIndex
) -> Weakness | None:
    if outcome == "special":
        return weakness
    if outcome == "general":
        return parent if phrases.may_be_assigned(parent) else None
    related = {weakness.upstream_id, parent.upstream_id}
    others = entry_index.compute_once("cwe with cases", lambda: _list_with_cases(entry_index))
    distant = [item for item in others if not related & _list_family(item) and item.upstream_id not in related]
    return chooser.pick("other", distant) if distant else None


def _list_with_cases(entry_index: EntryIndex) -> list[Weakness]:
    return [item for item in entry_index.iter_kind(Weakness) if list_cases(item)]


def _list_family(weakness: Weakness) -> set[str]:
    return {ref.id for ref in (*weakness.parents, *weakness.children)}


def explain_dispute(dispute: Dispute, chooser: HashChooser) -> str:
    """Which name, the words that decide, and why not the other."""
    slots = {
        "special": phrases.format_label(dispute.special),
        "general": phrases.format_label(dispute.general),
        "owner": phrases.format_label(dispute.owner),
        "span": dispute.span,
        "condition": lower_first_letter(split_sentences(trim_to_sentences(dispute.special.description, 45))[0]).rstrip(
            "."
        ),
    }
    verdict = chooser.pick("verdict", VERDICTS[dispute.outcome]).format(**slots)
    reason = chooser.pick("reason", REASONS[dispute.outcome]).format(**slots)
    return f"{verdict} {reason}"


def _draft_dispute(weakness: Weakness, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    dispute = find_dispute(weakness, chooser, entry_index)
    if dispute:
        slots = _name_sides(dispute, chooser)
        yield AnswerDraft(explain_dispute(dispute, chooser), slots, input=f"{dispute.case.cve}: {dispute.case.text}")


def _name_sides(dispute: Dispute, chooser: HashChooser) -> dict[str, str]:
    """The two names in an order that does not tell which is right."""
    labels = chooser.shuffle("sides", [phrases.format_label(dispute.special), phrases.format_label(dispute.general)])
    return {"one": labels[0], "two": labels[1], "cve": dispute.case.cve}


def _build_disputed_dialogue(weakness: Weakness, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """The assistant asks for the evidence, decides by it, and says what the ticket should hold."""
    dispute = find_dispute(weakness, chooser, entry_index)
    if not dispute or not chooser.draw("kept", 0.35):
        return
    first = chooser.pick("first", ASKED).format(**_name_sides(dispute, chooser))
    back = chooser.pick("back", ASK_BACK).format(
        special=phrases.format_label(dispute.special), general=phrases.format_label(dispute.general)
    )
    told = chooser.pick("told", TOLD).format(text=dispute.case.text, cve=dispute.case.cve)
    ticket = chooser.pick("ticket", TICKET).format(
        owner=phrases.format_label(dispute.owner), span=dispute.span, cve=dispute.case.cve
    )
    yield Dialogue(
        [
            (first, back),
            (told, explain_dispute(dispute, chooser)),
            (chooser.pick("write", ASK_TICKET), ticket),
        ]
    )


VERDICTS: dict[Outcome, tuple[str, ...]] = {
    "special": (
        "{special}.",
        "The special case is right: {special}.",
        "Report {special}.",
        "{special}, not {general}.",
        "I side with {special}.",
    ),
    "general": (
        "{general}, and no more than that.",
        "Stay with the general one, {general}.",
        "{general}. The special name claims too much.",
        "Report {general}.",
        "Here the broader {general} is right.",
    ),
    "neither": (
        "Neither. It looks like {owner}.",
        "Both are wrong; consider {owner}.",
        "Neither name fits. I would propose {owner}.",
        "Drop both and look at {owner}.",
        "No: this is {owner}.",
        "{owner}, and neither of those.",
        "I see a third: {owner}.",
    ),
}
REASONS: dict[Outcome, tuple[str, ...]] = {
    "special": (
        'The text says "{span}", which is just what the special case adds.',
        'With "{span}" the evidence reaches as far as the narrower entry.',
        '"{span}" settles it, and the narrower id tells the developer more.',
        'It is a kind of {general}, but "{span}" allows the closer name.',
        'Read "{span}" again: that is the narrower entry.',
        'Evidence: "{span}".',
        'See "{span}". {general} would be true and say less.',
        'Why not {general}? Because of "{span}".',
    ),
    "general": (
        'The evidence, "{span}", falls short of what {special} demands: {condition}.',
        '"{span}" is all we know. For {special} one would have to show more: {condition}.',
        'What we have is "{span}". {special} means more: {condition}.',
        '"{span}" supports the broader name only. Not shown is what the other adds: {condition}.',
        'From "{span}" alone the closer name does not follow. By definition {condition}.',
        'Too little for {special}, by whose definition {condition}. The text has just "{span}".',
    ),
    "neither": (
        'The cause given is "{span}", and that belongs to another family.',
        '"{span}" points elsewhere.',
        'Neither explains "{span}".',
        'What went wrong is "{span}".',
        'Ground: "{span}".',
        'Look at "{span}".',
        'The decisive part: "{span}".',
        'The record speaks of "{span}", which neither name covers.',
    ),
}
QUESTIONS = (
    "One tool reports {one}, another {two}. Which is right, if either?",
    "Two reviewers disagree: {one} or {two}? Here is the record.",
    "Should the ticket for {cve} say {one} or {two}?",
    "Decide between {one} and {two} for this vulnerability, or reject both.",
    "My colleague says {one}, I say {two}. Judge by the text.",
)
ASKED = (
    "One tool reports {one}, another {two} for the same place. Which is right?",
    "My colleague says {one}, I say {two}. Who has it right?",
    "Should our ticket say {one} or {two}?",
    "I cannot decide between {one} and {two}. Can you help?",
    "Is {one} not the same as {two}? We have a finding that carries both.",
)
ASK_BACK = (
    "One is a special case of the other. What does the record say?",
    "{special} is the narrower one. What was observed?",
    "Names do not decide. What went wrong?",
    "Give me the description first.",
    "Perhaps neither. What does the record say?",
    "What is known about the cause?",
    "Read me the text.",
    "That depends on a detail. Quote the record.",
    "I need the evidence before the name.",
)
TOLD = (
    "{cve}: {text}",
    'It says, for {cve}: "{text}"',
    "This is all we have ({cve}). {text}",
    "{text} That is {cve}.",
)
ASK_TICKET = ("What do we write?", "Put that into a line for the ticket.", "Then give me the entry, please.")
TICKET = (
    '{cve}: {owner}. Evidence: "{span}".',
    'Weakness: {owner}. Reason: the record says "{span}".',
    'Class {owner} for {cve}, on the ground of "{span}".',
    '{owner} ({cve}). Quote "{span}".',
    '{cve} is {owner}. Keep "{span}" as the ground.',
    'For {cve} write {owner}, and behind it "{span}".',
    '{owner}, because of "{span}".',
)

QUESTION_TEMPLATES: tuple[QuestionTemplate[Weakness], ...] = (
    QuestionTemplate("cwe.dispute", "compare", Weakness, QUESTIONS, _draft_dispute),
)
DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Weakness], ...] = (
    DialogueTemplate("cwe.disputed", Weakness, _build_disputed_dialogue),
)

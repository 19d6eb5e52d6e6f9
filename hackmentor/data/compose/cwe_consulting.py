"""Dialogues in which the client does not know what to ask, and the consultant leads."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.cwe_writing import PHASES
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs, lower_first_letter, trim_to_sentences
from hackmentor.data.sources.cwe_weakness import Weakness

PHASE_ANSWERS = {
    "Architecture and Design": "We are still drawing the architecture.",
    "Implementation": "The code is being written right now.",
    "Operation": "It has been in operation for a year.",
    "Testing": "We are testing it before the release.",
    "Build and Compilation": "We are setting up the build pipeline.",
    "Requirements": "We have only started to write down the requirements.",
}


def _build_consult_dialogue(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """The consultant asks how far the project is; the advice depends on the client's answer."""
    phases = [
        phase for phase in PHASES if any(phase in item.phases for item in phrases.select_mitigations(weakness, 9))
    ]
    if len(phases) < 2:
        return
    phase = chooser.pick("phase", phases)
    here = [
        trim_to_sentences(item.text, 70) for item in phrases.select_mitigations(weakness, 9) if phase in item.phases
    ][:3]
    later = next(other for other in phases if other != phase)
    there = [
        trim_to_sentences(item.text, 60) for item in phrases.select_mitigations(weakness, 9) if later in item.phases
    ][:2]
    first = chooser.pick(
        "first",
        (
            f"I am told that we should think about {weakness.short_name}, but I do not know where to start.",
            f"Somebody wrote {weakness.upstream_id} into our requirements. What do you need to know from me?",
            f"Can you advise us on {weakness.short_name}? I would not know what to ask.",
            f"Management wants us to be safe from {weakness.short_name}. What now?",
            f"We hired you because of {weakness.upstream_id}. How do we proceed?",
            f"Let us talk about {weakness.short_name}. I am out of my depth here.",
            f"My predecessor left a note: deal with {weakness.upstream_id}. That is all I have.",
            f"An auditor asked how we handle {weakness.short_name}. I had no answer.",
        ),
    )
    question = f"{phrases.summarise_weakness(weakness)}\n\nTo give advice that fits: how far along is your product?"
    turns = [
        (first, question),
        (PHASE_ANSWERS[phase], phrases.format_lead_and_list("Then these measures are open to you now:", here)),
    ]
    more = chooser.pick(
        "more", ("And what comes at another stage?", "Is that all, or does more follow at other times?")
    )
    turns.append(
        (more, phrases.format_lead_and_list(f"Beyond that, there is something to do in {later.lower()}:", there))
    )
    risks = phrases.list_business_risks(weakness)
    if risks:
        skip = chooser.pick("skip", ("What do we risk if we leave it?", "Suppose we postpone all that. What then?"))
        turns.append((skip, f"Then {join_items(risks)}."))
    yield Dialogue(turns)


def _build_disputed_dialogue(weakness: Weakness, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """Two names for one finding: what each means, which one fits, what follows for the fix."""
    parent = next((found for ref in weakness.parents if (found := entry_index.get(ref.id, Weakness))), None)
    measures, lines = phrases.select_mitigations(weakness, 3), phrases.format_consequences(weakness)
    if not parent or not measures or not lines:
        return
    general, special = phrases.format_label(parent), phrases.format_label(weakness)
    first = chooser.pick(
        "first",
        (
            f"One tool reports {parent.upstream_id}, another {weakness.upstream_id} for the same line. Which is right?",
            f"My colleague says {general}, I say {special}. Who has it right?",
            f"Should our ticket say {parent.upstream_id} or {weakness.upstream_id}?",
            f"Is {phrases.format_label(weakness)} not the same as {phrases.format_label(parent)}?",
            f"I cannot decide between {weakness.upstream_id} and {parent.upstream_id}. Can you help?",
        ),
    )
    both = (
        f"Both can be right: {weakness.upstream_id} is a special case of {parent.upstream_id}. "
        f"The general one: {lower_first_letter(trim_to_sentences(parent.description, 60))} "
        f"The special one: {lower_first_letter(trim_to_sentences(weakness.description, 60))}"
    )
    turns = [(first, both)]
    case = chooser.pick(
        "case", ("The special case describes it exactly.", "Our evidence fits the second one you named.")
    )
    use = f"Then report {phrases.format_label(weakness)}, because it tells the developer more. Its effects are these."
    turns.append((f"{case} What do we write?", join_paragraphs(use, format_bullets(lines[:3]))))
    fix = chooser.pick(
        "fix", ("And the recommendation?", "What do we recommend in the ticket?", "How should they fix it?")
    )
    turns.append(
        (
            fix,
            phrases.format_lead_and_list("Recommend this:", [phrases.format_mitigation(item, 60) for item in measures]),
        )
    )
    yield Dialogue(turns)


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Weakness], ...] = (
    DialogueTemplate("cwe.consult", Weakness, _build_consult_dialogue),
    DialogueTemplate("cwe.disputed", Weakness, _build_disputed_dialogue),
)

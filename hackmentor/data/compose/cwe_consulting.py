"""Dialogues in which the client does not know what to ask, and the consultant leads."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import join_items, trim_to_sentences
from hackmentor.data.sources.cwe_weakness import Weakness

PHASES = ("Architecture and Design", "Implementation", "Operation", "Testing", "Build and Compilation", "Requirements")
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
    if len(phases) < 2 or not chooser.draw("kept", 0.6):
        return
    phase = chooser.pick("phase", phases)
    here = [
        trim_to_sentences(item.text, 35) for item in phrases.select_mitigations(weakness, 9) if phase in item.phases
    ][:3]
    later = next(other for other in phases if other != phase)
    there = [
        trim_to_sentences(item.text, 35) for item in phrases.select_mitigations(weakness, 9) if later in item.phases
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
    question = f"{phrases.summarise_weakness(weakness, 30)}\n\nTo give advice that fits: how far along is your product?"
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


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Weakness], ...] = (
    DialogueTemplate("cwe.consult", Weakness, _build_consult_dialogue),
)

"""Dialogues in which the client does not know what to ask, and the consultant leads."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as say
from hackmentor.data.compose.cwe_writing import PHASES
from hackmentor.data.compose.template import Dialogue, Plan, Shelf
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, listed, lower_first, paragraphs, whole
from hackmentor.data.sources.cwe_weakness import Weakness

MOMENTS = {
    "Architecture and Design": "We are still drawing the architecture.",
    "Implementation": "The code is being written right now.",
    "Operation": "It has been in operation for a year.",
    "Testing": "We are testing it before the release.",
    "Build and Compilation": "We are setting up the build pipeline.",
    "Requirements": "We have only started to write down the requirements.",
}


def _consult(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Dialogue]:
    """The consultant asks how far the project is; the advice depends on the client's answer."""
    phases = [phase for phase in PHASES if any(phase in item.phases for item in say.best_mitigations(weakness, 9))]
    if len(phases) < 2:
        return
    phase = voice.pick("phase", phases)
    here = [whole(item.text, 70) for item in say.best_mitigations(weakness, 9) if phase in item.phases][:3]
    later = next(other for other in phases if other != phase)
    there = [whole(item.text, 60) for item in say.best_mitigations(weakness, 9) if later in item.phases][:2]
    first = voice.pick(
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
    ask = f"{say.what_it_is(weakness)}\n\nTo give advice that fits: how far along is your product?"
    turns = [(first, ask), (MOMENTS[phase], say.lead_list("Then these measures are open to you now:", here))]
    more = voice.pick("more", ("And what comes at another stage?", "Is that all, or does more follow at other times?"))
    turns.append((more, say.lead_list(f"Beyond that, there is something to do in {later.lower()}:", there)))
    risks = say.business_risk(weakness)
    if risks:
        skip = voice.pick("skip", ("What do we risk if we leave it?", "Suppose we postpone all that. What then?"))
        turns.append((skip, f"Then {listed(risks)}."))
    yield Dialogue(turns)


def _disputed(weakness: Weakness, voice: Voice, shelf: Shelf) -> Iterator[Dialogue]:
    """Two names for one finding: what each means, which one fits, what follows for the fix."""
    parent = next((found for ref in weakness.parents if (found := shelf.get(ref.id, Weakness))), None)
    measures, lines = say.best_mitigations(weakness, 3), say.consequence_lines(weakness)
    if not parent or not measures or not lines:
        return
    first = voice.pick(
        "first",
        (
            f"One tool reports {parent.upstream_id}, another {weakness.upstream_id} for the same line. Which is right?",
            f"My colleague says {say.label(parent)}, I say {say.label(weakness)}. Who has it right?",
            f"Should our ticket say {parent.upstream_id} or {weakness.upstream_id}?",
            f"Is {say.label(weakness)} not the same as {say.label(parent)}?",
            f"I cannot decide between {weakness.upstream_id} and {parent.upstream_id}. Can you help?",
        ),
    )
    both = (
        f"Both can be right: {weakness.upstream_id} is a special case of {parent.upstream_id}. "
        f"The general one: {lower_first(whole(parent.description, 60))} "
        f"The special one: {lower_first(whole(weakness.description, 60))}"
    )
    turns = [(first, both)]
    case = voice.pick("case", ("The special case describes it exactly.", "Our evidence fits the second one you named."))
    use = f"Then report {say.label(weakness)}, because it tells the developer more. Its effects are these."
    turns.append((f"{case} What do we write?", paragraphs(use, bullets(lines[:3]))))
    fix = voice.pick(
        "fix", ("And the recommendation?", "What do we recommend in the ticket?", "How should they fix it?")
    )
    turns.append((fix, say.lead_list("Recommend this:", [say.mitigation_line(item, 60) for item in measures])))
    yield Dialogue(turns)


PLANS: tuple[Plan[Weakness], ...] = (
    Plan("cwe.consult", Weakness, _consult),
    Plan("cwe.disputed", Weakness, _disputed),
)

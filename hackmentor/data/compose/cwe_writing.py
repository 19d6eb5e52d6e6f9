"""Questions that ask for a document about a weakness, or set it among others: rules, findings, comparisons."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as say
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, listed, lower_first, paragraphs, whole
from hackmentor.data.sources.cwe_weakness import Weakness

PHASES = ("Architecture and Design", "Implementation", "Operation", "Testing", "Build and Compilation", "Requirements")

# The catalogue puts kinds of languages among the languages.
KINDS = {
    "Interpreted": "an interpreted language",
    "Compiled": "a compiled language",
    "Hardware Description Language": "a hardware description language",
}


def _policy(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    measures = say.best_mitigations(weakness, 4)
    if not measures:
        return
    required = [whole(item.text, 55) for item in measures]
    lines = say.consequence_lines(weakness)
    checks = [whole(item.text, 45) for item in say.own_detections(weakness)[:2]]
    why = f"Rationale: {say.what_it_is(weakness)}"
    risk = f"Risk if not followed: {lines[0]}" if lines else ""
    check = paragraphs("Verification:", bullets(check for check in checks if check)) if any(checks) else ""
    title = voice.pick("title", ("Rule", "Policy", "Requirement", "Standard"))
    head = f"{title}: prevent {weakness.short_name} ({weakness.upstream_id})"
    must = voice.pick("must", ("Required:", "Teams must do the following.", "What is required:", "Measures:"))
    yield Piece(paragraphs(head, why, paragraphs(must, bullets(required)), risk, check), say.slots(weakness))


def _finding(weakness: Weakness, _: Voice, __: Shelf) -> Iterator[Piece]:
    lines, measures = say.consequence_lines(weakness), say.best_mitigations(weakness, 3)
    if not lines or not measures:
        return
    title = f"Finding: {weakness.short_name} ({weakness.upstream_id})"
    about = f"Description: {whole(weakness.description, 70)}"
    impact = paragraphs("Impact:", bullets(lines[:3]))
    odds = f"Likelihood of exploitation: {weakness.likelihood.lower()}." if weakness.likelihood else ""
    advice = paragraphs("Recommendation:", bullets(whole(item.text, 55) for item in measures))
    yield Piece(paragraphs(title, about, impact, odds, advice), say.slots(weakness))


def _compare(weakness: Weakness, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    for parent in weakness.parents[:1]:
        other = shelf.get(parent.id, Weakness)
        if not other:
            continue
        first = f"{say.label(other)} is the more general weakness: {lower_first(whole(other.description, 70))}"
        second = f"{say.label(weakness)} is a special case of it: {lower_first(whole(weakness.description, 70))}"
        third = _which(weakness, other, voice)
        yield Piece(
            paragraphs(first, second, third), say.slots(weakness, other=say.label(other), otherid=other.upstream_id)
        )


def _which(weakness: Weakness, parent: Weakness, voice: Voice) -> str:
    if parent.usage == "Prohibited":
        return f"Report {weakness.upstream_id}: {parent.upstream_id} must not be used to classify a vulnerability."
    return voice.pick(
        "use",
        (
            f"Use {weakness.upstream_id} where that detail is known, and {parent.upstream_id} where it is not.",
            f"Report {weakness.upstream_id} if the evidence supports the special case; otherwise stay with "
            f"{parent.upstream_id}.",
            f"When both seem to fit, the more specific {weakness.upstream_id} tells a developer more.",
        ),
    )


def _siblings(weakness: Weakness, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    # The shelf knows only its own side, so a sibling from the other side cannot appear.
    family = shelf.by(Weakness, _parent_ids)
    peers = [peer for parent in _parent_ids(weakness)[:1] for peer in family[parent] if peer is not weakness]
    if not peers:
        return
    other = voice.shuffle("peer", peers)[0]
    shared = listed([f"{parent.id} ({parent.name})" for parent in weakness.parents[:1]])
    common = f"Both are kinds of {shared}, but they differ in what goes wrong."
    lines = [f"{say.label(item)}: {whole(item.description, 70)}" for item in (weakness, other)]
    yield Piece(
        paragraphs(common, bullets(lines)), say.slots(weakness, other=say.label(other), otherid=other.upstream_id)
    )


def _parent_ids(weakness: Weakness) -> list[str]:
    return [ref.id for ref in weakness.parents]


def _place(weakness: Weakness, _: Voice, __: Shelf) -> Iterator[Piece]:
    up = [f"{ref.id} ({ref.name})" for ref in weakness.parents]
    down = [f"{ref.id}: {ref.name}" for ref in weakness.children[:8]]
    if not up and not down:
        return
    level = f"{say.label(weakness)} stands at the {weakness.abstraction.lower()} level of the research view."
    above = f"It is a kind of {listed(up)}." if up else "It has nothing above it."
    more = len(weakness.children) - len(down)
    rest = f"There are {more} others below it." if more > 0 else ""
    below = paragraphs("More specific weaknesses below it:", bullets(down), rest) if down else ""
    yield Piece(paragraphs(f"{level} {above}", below), say.slots(weakness))


def _named_by_description(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    text = weakness.description
    if weakness.short_name.lower() in text.lower() or len(text.split()) < 10 or weakness.usage == "Prohibited":
        return
    lead = voice.pick(
        "lead",
        (f"That is {say.label(weakness)}.", f"It is called {say.label(weakness)}.", f"{say.label(weakness)}."),
    )
    up = [f"{ref.id} ({ref.name})" for ref in weakness.parents[:1]]
    kind = f" It is a kind of {up[0]}." if up else ""
    yield Piece(f"{lead}{kind}", say.slots(weakness), input=whole(text, 90))


def _phase(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    phases = [phase for phase in PHASES if any(phase in item.phases for item in weakness.mitigations)]
    if len(phases) < 2:
        return
    phase = voice.pick("phase", phases)
    chosen = [item for item in say.best_mitigations(weakness, 9) if phase in item.phases]
    if chosen:
        lead = f"During {phase.lower()}, this helps against {say.label(weakness)}:"
        lines = [whole(item.text, 90) for item in chosen[:4]]
        yield Piece(say.lead_list(lead, lines), say.slots(weakness, phase=phase.lower()))


def _platforms(weakness: Weakness, _: Voice, __: Shelf) -> Iterator[Piece]:
    languages = [KINDS.get(name, name) for name in weakness.languages if name != "Other"]
    technologies = [name for name in weakness.technologies if name != "Other"]
    if not languages and not technologies:
        return
    said = [f"code written in {listed(languages, 'or')}" if languages else "", listed(technologies, "or")]
    where = " and ".join(part for part in said if part)
    detail = whole(weakness.description, 60)
    yield Piece(paragraphs(f"{say.label(weakness)} mainly concerns {where}.", detail), say.slots(weakness))


def _chain(weakness: Weakness, _: Voice, __: Shelf) -> Iterator[Piece]:
    if weakness.leads_to:
        follow = [f"{ref.id} ({ref.name})" for ref in weakness.leads_to[:6]]
        lead = f"{say.label(weakness)} can be the first link of a chain. It can lead to {listed(follow)}."
        yield Piece(paragraphs(lead, whole(weakness.description, 60)), say.slots(weakness))


POLICY = (
    "Write a secure coding rule that prevents {label}.",
    "Draft a policy entry on {label} for our development standard.",
    "Turn {id} into a requirement for product teams.",
    "We need a rule about {name} in our engineering handbook. Please write it.",
    "Compose a security requirement that addresses {label}.",
    "Formulate a rule against {id}, with its reason and how to check it.",
    "Prepare the section on {label} of a secure development policy.",
)
FINDING = (
    "Write up {label} as a finding for a penetration test report.",
    "Draft the report entry for {id}.",
    "The assessment turned up {label}. Put it into the report.",
    "Create an audit finding about {name} with description, impact and recommendation.",
    "Document {label} for the customer.",
    "I have to file a ticket for {id}. Give me the text.",
)
COMPARE = (
    "What is the difference between {label} and {other}?",
    "Compare {id} with {otherid}.",
    "When should I report {label} rather than {other}?",
    "{id} or {otherid}: how do I tell them apart?",
    "How does {label} relate to {other}?",
    "Two reviewers disagree: one says {label}, the other {other}. Explain the difference.",
    "Contrast {id} and {otherid} for a training slide.",
)
PLACE = (
    "Where does {label} stand in the CWE hierarchy?",
    "Which weaknesses are above and below {id}?",
    "Show the parents and children of {label}.",
    "Is {id} a general or a specific weakness? Place it in the tree.",
    "Locate {label} among its related weaknesses.",
)
NAMED = (
    "Which weakness is this?",
    "Name the CWE that fits this description.",
    "What do we call this kind of flaw?",
    "Give the CWE identifier for the following.",
    "Match the description to a weakness.",
    "A developer describes a problem. Which CWE is it?",
    "Look up the weakness that is defined like this.",
    "State the identifier and the name of this weakness.",
)
PHASE = (
    "What can be done about {label} during {phase}?",
    "We are in {phase}. How do we address {id}?",
    "Limit yourself to {phase}: which measures help against {label}?",
    "Name what belongs into {phase} to avoid {name}.",
    "For {label}, list the measures for {phase}.",
)
PLATFORMS = (
    "Which languages or technologies does {label} concern?",
    "Are some platforms more prone to {id} than others?",
    "In what kind of system should I look for {label}?",
    "Does {name} depend on the language or technology?",
    "Where is {label} most relevant?",
)
CHAIN = (
    "Which other weaknesses can {label} lead to?",
    "What may follow from {id}?",
    "Describe a chain of weaknesses that starts with {label}.",
    "If {name} is present, which further weaknesses become possible?",
)

TASKS: tuple[Task[Weakness], ...] = (
    Task("cwe.policy", "write a rule", Weakness, POLICY, _policy),
    Task("cwe.finding", "write a rule", Weakness, FINDING, _finding),
    Task("cwe.compare_parent", "compare", Weakness, COMPARE, _compare),
    Task("cwe.compare_sibling", "compare", Weakness, COMPARE, _siblings),
    Task("cwe.place", "map", Weakness, PLACE, _place),
    Task("cwe.name_from_text", "map", Weakness, NAMED, _named_by_description),
    Task("cwe.mitigate_in_phase", "mitigate", Weakness, PHASE, _phase),
    Task("cwe.platforms", "map", Weakness, PLATFORMS, _platforms),
    Task("cwe.chain", "explain", Weakness, CHAIN, _chain),
)

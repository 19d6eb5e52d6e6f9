"""Questions that ask for a document about a weakness, or set it among others: rules, findings, comparisons."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs, lower_first_letter, trim_to_sentences
from hackmentor.data.sources.cwe_weakness import Weakness

PHASES = ("Architecture and Design", "Implementation", "Operation", "Testing", "Build and Compilation", "Requirements")

# The catalogue puts kinds of languages among the languages.
LANGUAGE_KINDS = {
    "Interpreted": "an interpreted language",
    "Compiled": "a compiled language",
    "Hardware Description Language": "a hardware description language",
}


def _draft_policy(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    measures = phrases.select_mitigations(weakness, 4)
    if not measures:
        return
    required = [trim_to_sentences(item.text, 55) for item in measures]
    lines = phrases.format_consequences(weakness)
    checks = [trim_to_sentences(item.text, 45) for item in phrases.select_specific_detections(weakness)[:2]]
    why = f"Rationale: {phrases.summarise_weakness(weakness)}"
    risk = f"Risk if not followed: {lines[0]}" if lines else ""
    check = join_paragraphs("Verification:", format_bullets(check for check in checks if check)) if any(checks) else ""
    title = chooser.pick("title", ("Rule", "Policy", "Requirement", "Standard"))
    head = f"{title}: prevent {weakness.short_name} ({weakness.upstream_id})"
    must = chooser.pick("must", ("Required:", "Teams must do the following.", "What is required:", "Measures:"))
    yield AnswerDraft(
        join_paragraphs(head, why, join_paragraphs(must, format_bullets(required)), risk, check),
        phrases.make_slots(weakness),
    )


def _draft_finding(weakness: Weakness, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    lines, measures = phrases.format_consequences(weakness), phrases.select_mitigations(weakness, 3)
    if not lines or not measures:
        return
    title = f"Finding: {weakness.short_name} ({weakness.upstream_id})"
    about = f"Description: {trim_to_sentences(weakness.description, 70)}"
    impact = join_paragraphs("Impact:", format_bullets(lines[:3]))
    odds = f"Likelihood of exploitation: {weakness.likelihood.lower()}." if weakness.likelihood else ""
    advice = join_paragraphs("Recommendation:", format_bullets(trim_to_sentences(item.text, 55) for item in measures))
    yield AnswerDraft(join_paragraphs(title, about, impact, odds, advice), phrases.make_slots(weakness))


def _draft_compare(weakness: Weakness, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    for parent in weakness.parents[:1]:
        other = entry_index.get(parent.id, Weakness)
        if not other:
            continue
        general, special = (lower_first_letter(trim_to_sentences(item.description, 70)) for item in (other, weakness))
        first = f"{phrases.format_label(other)} is the more general weakness: {general}"
        second = f"{phrases.format_label(weakness)} is a special case of it: {special}"
        third = _recommend_id(weakness, other, chooser)
        yield AnswerDraft(
            join_paragraphs(first, second, third),
            phrases.make_slots(weakness, other=phrases.format_label(other), otherid=other.upstream_id),
        )


def _recommend_id(weakness: Weakness, parent: Weakness, chooser: HashChooser) -> str:
    if parent.usage == "Prohibited":
        return f"Report {weakness.upstream_id}: {parent.upstream_id} must not be used to classify a vulnerability."
    return chooser.pick(
        "use",
        (
            f"Use {weakness.upstream_id} where that detail is known, and {parent.upstream_id} where it is not.",
            f"Report {weakness.upstream_id} if the evidence supports the special case; otherwise stay with "
            f"{parent.upstream_id}.",
            f"When both seem to fit, the more specific {weakness.upstream_id} tells a developer more.",
        ),
    )


def _draft_siblings(weakness: Weakness, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    # The index holds one side of the split only, so a sibling from the other side cannot appear.
    family = entry_index.group_by(Weakness, _list_parent_ids)
    peers = [peer for parent in _list_parent_ids(weakness)[:1] for peer in family[parent] if peer is not weakness]
    if not peers:
        return
    other = chooser.shuffle("peer", peers)[0]
    shared = join_items([f"{parent.id} ({parent.name})" for parent in weakness.parents[:1]])
    common = f"Both are kinds of {shared}, but they differ in what goes wrong."
    lines = [f"{phrases.format_label(item)}: {trim_to_sentences(item.description, 70)}" for item in (weakness, other)]
    yield AnswerDraft(
        join_paragraphs(common, format_bullets(lines)),
        phrases.make_slots(weakness, other=phrases.format_label(other), otherid=other.upstream_id),
    )


def _list_parent_ids(weakness: Weakness) -> list[str]:
    return [ref.id for ref in weakness.parents]


def _draft_place(weakness: Weakness, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    up = [f"{ref.id} ({ref.name})" for ref in weakness.parents]
    down = [f"{ref.id}: {ref.name}" for ref in weakness.children[:8]]
    if not up and not down:
        return
    level = f"{phrases.format_label(weakness)} stands at the {weakness.abstraction.lower()} level of the research view."
    above = f"It is a kind of {join_items(up)}." if up else "It has nothing above it."
    more = len(weakness.children) - len(down)
    rest = f"There are {more} others below it." if more > 0 else ""
    below = join_paragraphs("More specific weaknesses below it:", format_bullets(down), rest) if down else ""
    yield AnswerDraft(join_paragraphs(f"{level} {above}", below), phrases.make_slots(weakness))


def _draft_named_by_description(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    text = weakness.description
    if weakness.short_name.lower() in text.lower() or len(text.split()) < 10 or weakness.usage == "Prohibited":
        return
    lead = chooser.pick(
        "lead",
        (
            f"That is {phrases.format_label(weakness)}.",
            f"It is called {phrases.format_label(weakness)}.",
            f"{phrases.format_label(weakness)}.",
        ),
    )
    up = [f"{ref.id} ({ref.name})" for ref in weakness.parents[:1]]
    kind = f" It is a kind of {up[0]}." if up else ""
    yield AnswerDraft(f"{lead}{kind}", phrases.make_slots(weakness), input=trim_to_sentences(text, 90))


def _draft_phase(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    phases = [phase for phase in PHASES if any(phase in item.phases for item in weakness.mitigations)]
    if len(phases) < 2:
        return
    phase = chooser.pick("phase", phases)
    chosen = [item for item in phrases.select_mitigations(weakness, 9) if phase in item.phases]
    if chosen:
        lead = f"During {phase.lower()}, this helps against {phrases.format_label(weakness)}:"
        lines = [trim_to_sentences(item.text, 90) for item in chosen[:4]]
        yield AnswerDraft(phrases.format_lead_and_list(lead, lines), phrases.make_slots(weakness, phase=phase.lower()))


def _draft_platforms(weakness: Weakness, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    languages = [LANGUAGE_KINDS.get(name, name) for name in weakness.languages if name != "Other"]
    technologies = [name for name in weakness.technologies if name != "Other"]
    if not languages and not technologies:
        return
    subjects = [f"code written in {join_items(languages, 'or')}" if languages else "", join_items(technologies, "or")]
    where = " and ".join(part for part in subjects if part)
    detail = trim_to_sentences(weakness.description, 60)
    yield AnswerDraft(
        join_paragraphs(f"{phrases.format_label(weakness)} mainly concerns {where}.", detail),
        phrases.make_slots(weakness),
    )


def _draft_chain(weakness: Weakness, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    if weakness.leads_to:
        follow = [f"{ref.id} ({ref.name})" for ref in weakness.leads_to[:6]]
        lead = (
            f"{phrases.format_label(weakness)} can be the first link of a chain. It can lead to {join_items(follow)}."
        )
        yield AnswerDraft(
            join_paragraphs(lead, trim_to_sentences(weakness.description, 60)), phrases.make_slots(weakness)
        )


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

QUESTION_TEMPLATES: tuple[QuestionTemplate[Weakness], ...] = (
    QuestionTemplate("cwe.policy", "write a rule", Weakness, POLICY, _draft_policy),
    QuestionTemplate("cwe.finding", "write a rule", Weakness, FINDING, _draft_finding),
    QuestionTemplate("cwe.compare_parent", "compare", Weakness, COMPARE, _draft_compare),
    QuestionTemplate("cwe.compare_sibling", "compare", Weakness, COMPARE, _draft_siblings),
    QuestionTemplate("cwe.place", "map", Weakness, PLACE, _draft_place),
    QuestionTemplate("cwe.name_from_text", "map", Weakness, NAMED, _draft_named_by_description),
    QuestionTemplate("cwe.mitigate_in_phase", "mitigate", Weakness, PHASE, _draft_phase),
    QuestionTemplate("cwe.platforms", "map", Weakness, PLATFORMS, _draft_platforms),
    QuestionTemplate("cwe.chain", "explain", Weakness, CHAIN, _draft_chain),
)

"""Questions about ATLAS: what a technique is, what to limit and log against it, and what a mitigation is for."""

from collections.abc import Iterator

from hackmentor.data.compose.atlas_advice import ADVICE
from hackmentor.data.compose.template import AnswerDraft, Dialogue, DialogueTemplate, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs, trim_to_sentences
from hackmentor.data.sources.atlas import AtlasMeasure, AtlasTechnique

MIN_FACTS = 2
SUMMARY_WORDS, MEASURE_WORDS = 30, 60


def _draft_dossier(technique: AtlasTechnique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    facts = chooser.shuffle("facts", [fact for fact in _list_facts(technique, chooser) if fact])
    if len(facts) >= MIN_FACTS:
        told = trim_to_sentences(technique.description.split("\n")[0], SUMMARY_WORDS)
        yield AnswerDraft(join_paragraphs(told, format_bullets(facts)), _make_slots(technique))


def _list_facts(technique: AtlasTechnique, chooser: HashChooser) -> list[str]:
    forms = join_items([ref.name.partition(": ")[2] for ref in technique.children])
    counters = join_items([f"{ref.name} ({ref.id})" for ref in technique.measures[:4]])
    parent = technique.parent
    return [
        chooser.pick("aim", AIM).format(aims=join_items(list(technique.tactics))) if technique.tactics else "",
        f"A form of {parent.name} ({parent.id})." if parent else "",
        chooser.pick("forms", FORMS).format(forms=forms) if forms else "",
        chooser.pick("counter", COUNTER).format(counters=counters) if counters else "",
    ]


def _draft_secure(technique: AtlasTechnique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    advice = ADVICE.get(technique.upstream_id)
    if advice:
        lines = [f"Limit: {advice.limit}", f"Log: {advice.log}", f"Test: {advice.test}"]
        yield AnswerDraft(join_paragraphs(format_bullets(lines), _refer(technique, chooser)), _make_slots(technique))


def _refer(technique: AtlasTechnique, chooser: HashChooser) -> str:
    named = join_items([f"{ref.name} ({ref.id})" for ref in chooser.shuffle("named", list(technique.measures))[:3]])
    return chooser.pick("refer", REFER).format(named=named, id=technique.upstream_id) if named else ""


def _draft_measure(measure: AtlasMeasure, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if measure.techniques:
        shown = chooser.shuffle("shown", list(measure.techniques))[:5]
        names = join_items([f"{ref.name} ({ref.id})" for ref in shown])
        more = len(measure.techniques) - len(shown)
        against = chooser.pick("against", AGAINST).format(names=names, more=f", and {more} more" if more else "")
        told = trim_to_sentences(" ".join(measure.text.split()), MEASURE_WORDS)
        yield AnswerDraft(join_paragraphs(told, against), {"label": f"{measure.name} ({measure.upstream_id})"})


def _make_review(technique: AtlasTechnique, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    advice = ADVICE.get(technique.upstream_id)
    if advice:
        slots = _make_slots(technique)
        told = trim_to_sentences(technique.description.split("\n")[0], SUMMARY_WORDS)
        yield Dialogue(
            (
                (chooser.pick("what", REVIEW_WHAT).format(**slots), told),
                (chooser.pick("limit", REVIEW_LIMIT).format(**slots), advice.limit),
                (chooser.pick("log", REVIEW_LOG).format(**slots), advice.log),
                (chooser.pick("test", REVIEW_TEST).format(**slots), advice.test),
            )
        )


def _make_slots(technique: AtlasTechnique) -> dict[str, str]:
    return {"label": f"{technique.name} ({technique.upstream_id})", "name": technique.name}


AIM = ("Tactic: {aims}.", "In ATLAS it serves {aims}.", "Its place in the matrix: {aims}.")
FORMS = ("Its forms: {forms}.", "Sub-techniques: {forms}.", "ATLAS tells apart {forms}.")
COUNTER = ("ATLAS names against it {counters}.", "Mitigations: {counters}.", "What counters it: {counters}.")
REFER = (
    "ATLAS lists {named} against {id}.",
    "In ATLAS's terms for {id}: {named}.",
    "For the report: {id} is mitigated by {named}.",
)
AGAINST = (
    "ATLAS names it against {names}{more}.",
    "It is meant to counter {names}{more}.",
    "Techniques that it works against: {names}{more}.",
)
DOSSIER = (
    "What is {label} in MITRE ATLAS?",
    "Explain {label} to a team that builds on a language model.",
    "Give a short account of {label}: aim, forms, countermeasures.",
    "Our threat model names {label}. What does it mean?",
    "Summarise the ATLAS entry {label}.",
)
SECURE = (
    "What should our LLM application limit and log against {label}?",
    "We threat-model a service with a model behind it. What do we do about {label}?",
    "Give me one limit, one log source and one test for {label}.",
    "Review question: how is {label} contained in our system?",
    "Turn {label} into requirements for the team.",
)
MEASURE = (
    "What is the ATLAS mitigation {label} for?",
    "Why would we introduce {label} for our models?",
    "Explain {label}, and name techniques that it works against.",
    "Which attacks on a model does {label} address?",
)
REVIEW_WHAT = (
    "Next on the list is {label}. What is it?",
    "Somebody wrote {label} into our threat model. Remind me.",
    "Before we discuss controls: what does {name} mean?",
)
REVIEW_LIMIT = (
    "What can we limit, whatever the model says?",
    "Which control works even if the model is fooled?",
    "So what do we change in the application?",
)
REVIEW_LOG = ("And in the logs?", "What would we have to record to notice it?", "Which trace do we keep?")
REVIEW_TEST = ("How do we show that it works?", "What is the test?", "Give me an acceptance test.")
QUESTION_TEMPLATES: tuple[QuestionTemplate[AtlasTechnique] | QuestionTemplate[AtlasMeasure], ...] = (
    QuestionTemplate("atlas.dossier", "explain", AtlasTechnique, DOSSIER, _draft_dossier),
    QuestionTemplate("atlas.secure", "mitigate", AtlasTechnique, SECURE, _draft_secure),
    QuestionTemplate("atlas.measure", "mitigate", AtlasMeasure, MEASURE, _draft_measure),
)
DIALOGUE_TEMPLATES = (DialogueTemplate("atlas.review", AtlasTechnique, _make_review),)

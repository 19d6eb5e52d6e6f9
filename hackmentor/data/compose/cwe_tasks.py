"""Questions about what a weakness is, does, and how it is prevented and found."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import join_items, join_paragraphs, lower_first_letter, trim_to_sentences
from hackmentor.data.sources.cwe_weakness import Weakness


def _draft_explain(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    also = [term for term in weakness.alternate_terms if term != weakness.short_name]
    known = f"It is also known as {join_items(also[:4])}." if also else ""
    detail = (
        trim_to_sentences(weakness.extended, 160) if weakness.extended else trim_to_sentences(weakness.background, 120)
    )
    order = chooser.pick("order", (0, 1))
    blocks = (known, detail) if order else (detail, known)
    yield AnswerDraft(join_paragraphs(phrases.summarise_weakness(weakness), *blocks), phrases.make_slots(weakness))


def _draft_consequences(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = phrases.format_consequences(weakness)
    if not lines:
        return
    many = (
        f"{phrases.format_label(weakness)} can lead to the following when it is exploited:",
        f"If {phrases.format_label(weakness)} is exploited, expect these effects:",
        f"An attacker who exploits {phrases.format_label(weakness)} can cause:",
        f"{weakness.upstream_id} threatens several security properties:",
    )
    one = (
        f"{phrases.format_label(weakness)} has one main consequence.",
        f"Exploiting {phrases.format_label(weakness)} has this effect.",
        f"For {weakness.upstream_id} the catalogue gives one consequence.",
    )
    odds = f"The likelihood of exploitation is rated {weakness.likelihood.lower()}." if weakness.likelihood else ""
    lead = chooser.pick("lead", many if len(lines) > 1 else one)
    yield AnswerDraft(join_paragraphs(phrases.format_lead_and_list(lead, lines), odds), phrases.make_slots(weakness))


def _draft_mitigate(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = [phrases.format_mitigation(item) for item in phrases.select_mitigations(weakness)]
    if not lines:
        return
    many = (
        f"{phrases.format_label(weakness)} can be prevented or softened as follows:",
        f"To keep {phrases.format_label(weakness)} out of a product:",
        f"Against {phrases.format_label(weakness)}, work through these measures:",
        f"These measures address {weakness.upstream_id}:",
    )
    one = (
        f"To prevent {phrases.format_label(weakness)}, do the following.",
        f"One measure addresses {phrases.format_label(weakness)}.",
    )
    lead = chooser.pick("lead", many if len(lines) > 1 else one)
    yield AnswerDraft(phrases.format_lead_and_list(lead, lines), phrases.make_slots(weakness))


def _draft_detect(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = [phrases.format_detection(item) for item in phrases.select_specific_detections(weakness)]
    if not lines:
        return
    many = (
        f"Several methods find {phrases.format_label(weakness)}:",
        f"{phrases.format_label(weakness)} can be found in these ways:",
        f"Combine these methods to look for {weakness.upstream_id}:",
    )
    one = (
        f"{phrases.format_label(weakness)} can be found as follows.",
        f"One method suits {phrases.format_label(weakness)} in particular.",
    )
    lead = chooser.pick("lead", many if len(lines) > 1 else one)
    yield AnswerDraft(phrases.format_lead_and_list(lead, lines[:7]), phrases.make_slots(weakness))


def _draft_observed(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    shown = chooser.shuffle("cves", weakness.observed)[:4]
    if len(shown) < 2:
        return
    lead = chooser.pick(
        "lead",
        (
            f"{phrases.format_label(weakness)} has been seen in real products:",
            f"Published vulnerabilities that show {phrases.format_label(weakness)}:",
            f"Real cases of {weakness.upstream_id} include:",
        ),
    )
    yield AnswerDraft(
        phrases.format_lead_and_list(lead, [f"{item.cve}: {item.text}" for item in shown]), phrases.make_slots(weakness)
    )


def _draft_introduced(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = [f"{item.phase}: {item.note}" for item in weakness.introductions if item.note]
    if not lines:
        return
    lead = chooser.pick(
        "lead",
        (
            f"{phrases.format_label(weakness)} enters a product at these points:",
            f"Teams introduce {phrases.format_label(weakness)} in the following phases:",
            f"Watch for {weakness.upstream_id} here:",
        ),
    )
    yield AnswerDraft(phrases.format_lead_and_list(lead, lines), phrases.make_slots(weakness))


def _draft_name_from_cve(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for item in chooser.shuffle("which", weakness.observed)[:3]:
        lead = chooser.pick(
            item.cve,
            (
                f"The root cause is {phrases.format_label(weakness)}.",
                f"{item.cve} is an instance of {phrases.format_label(weakness)}.",
                f"This maps to {phrases.format_label(weakness)}.",
                f"{phrases.format_label(weakness)} fits this description best.",
            ),
        )
        reason = lower_first_letter(trim_to_sentences(weakness.description))
        why = f"In that weakness, {reason}" if reason != trim_to_sentences(weakness.description) else reason
        yield AnswerDraft(
            f"{lead} {why}", phrases.make_slots(weakness, cve=item.cve), input=f"{item.cve}: {item.text}", key=item.cve
        )


EXPLAIN = (
    "Explain {label}.",
    "What is {id}?",
    "Describe the weakness {label} to a developer.",
    "{id} came up in a code audit. What does it mean?",
    "Give me a short, precise account of {label}.",
    "I keep seeing {id} in scanner reports. What is it about?",
    "In your own words, what goes wrong in {label}?",
    "Define {label} and say why it matters.",
    "A colleague asked about {name}. How would you explain it?",
    "Summarise {id} for our security wiki.",
)
CONSEQUENCES = (
    "What are the consequences of {label}?",
    "Which security properties does {id} threaten?",
    "List what an attacker gains from {label}.",
    "{id} was found in our product. What could happen if it is exploited?",
    "How bad is {label}? Name the technical impacts.",
    "State the impact of {label} for a risk register.",
    "Suppose {name} is present in a service. Which effects should we expect?",
    "Assess the possible damage from {label}.",
)
MITIGATE = (
    "How can {label} be prevented?",
    "Which measures reduce the risk of {id}?",
    "Recommend mitigations for {label}.",
    "Our team has to get rid of {label}. Where do we start?",
    "Name mitigations for {id} by phase of development.",
    "What should developers and architects do against {label}?",
    "Write down the countermeasures for {label}.",
    "{id} keeps coming back in our code. How do we stop it?",
    "Advise a product team on avoiding {name}.",
)
DETECT = (
    "How can {label} be detected?",
    "Which testing methods find {id}?",
    "Suggest ways to find {label} before release.",
    "We suspect {name} somewhere in a large code base. How do we look for it?",
    "What kinds of analysis reveal {label}, and how well do they work?",
    "Plan the detection of {id} in an existing product.",
    "Compare the ways of finding {label}.",
)
OBSERVED = (
    "Give real examples of {label}.",
    "Which published vulnerabilities show {id}?",
    "Has {label} been seen in practice? Cite CVEs.",
    "Name some CVEs caused by {label}.",
    "I need real cases of {name} for a training course.",
    "Show me that {id} is not just theory.",
)
INTRODUCED = (
    "How does {label} get into software?",
    "At which phase is {id} usually introduced, and how?",
    "When in the life of a product does {label} come in?",
    "Trace {label} back to the phase of development where it starts.",
    "{id}: at which stage of a project do teams make this mistake?",
    "Where in our development process should we watch for {name}?",
)
NAME_FROM_CVE = (
    "Which CWE describes the root cause of this vulnerability?",
    "Map this vulnerability to a CWE.",
    "Classify {cve} by weakness.",
    "Read the summary and name the underlying weakness.",
    "What type of weakness is behind {cve}?",
    "Assign a CWE identifier and justify it.",
    "{cve} landed in our queue. Which weakness class is it?",
    "Here is a vulnerability summary. Identify the weakness.",
    "For our vulnerability database, give the CWE for this entry.",
    "Triage this advisory: which CWE applies?",
)

QUESTION_TEMPLATES: tuple[QuestionTemplate[Weakness], ...] = (
    QuestionTemplate("cwe.explain", "explain", Weakness, EXPLAIN, _draft_explain),
    QuestionTemplate("cwe.consequences", "judge", Weakness, CONSEQUENCES, _draft_consequences),
    QuestionTemplate("cwe.mitigate", "mitigate", Weakness, MITIGATE, _draft_mitigate),
    QuestionTemplate("cwe.detect", "detect", Weakness, DETECT, _draft_detect),
    QuestionTemplate("cwe.observed", "explain", Weakness, OBSERVED, _draft_observed),
    QuestionTemplate("cwe.introduced", "explain", Weakness, INTRODUCED, _draft_introduced),
    QuestionTemplate("cwe.name_from_cve", "map", Weakness, NAME_FROM_CVE, _draft_name_from_cve),
)

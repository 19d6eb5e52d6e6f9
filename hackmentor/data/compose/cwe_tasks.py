"""Questions about what a weakness is, does, and how it is prevented and found."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as say
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import listed, lower_first, paragraphs, whole
from hackmentor.data.sources.cwe_weakness import Weakness


def _explain(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    also = [term for term in weakness.alternate_terms if term != weakness.short_name]
    known = f"It is also known as {listed(also[:4])}." if also else ""
    detail = whole(weakness.extended, 160) if weakness.extended else whole(weakness.background, 120)
    order = voice.pick("order", (0, 1))
    blocks = (known, detail) if order else (detail, known)
    yield Piece(paragraphs(say.what_it_is(weakness), *blocks), say.slots(weakness))


def _consequences(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = say.consequence_lines(weakness)
    if not lines:
        return
    many = (
        f"{say.label(weakness)} can lead to the following when it is exploited:",
        f"If {say.label(weakness)} is exploited, expect these effects:",
        f"An attacker who exploits {say.label(weakness)} can cause:",
        f"{weakness.upstream_id} threatens several security properties:",
    )
    one = (
        f"{say.label(weakness)} has one main consequence.",
        f"Exploiting {say.label(weakness)} has this effect.",
        f"For {weakness.upstream_id} the catalogue gives one consequence.",
    )
    odds = f"The likelihood of exploitation is rated {weakness.likelihood.lower()}." if weakness.likelihood else ""
    lead = voice.pick("lead", many if len(lines) > 1 else one)
    yield Piece(paragraphs(say.lead_list(lead, lines), odds), say.slots(weakness))


def _mitigate(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = [say.mitigation_line(item) for item in say.best_mitigations(weakness)]
    if not lines:
        return
    many = (
        f"{say.label(weakness)} can be prevented or softened as follows:",
        f"To keep {say.label(weakness)} out of a product:",
        f"Against {say.label(weakness)}, work through these measures:",
        f"These measures address {weakness.upstream_id}:",
    )
    one = (f"To prevent {say.label(weakness)}, do the following.", f"One measure addresses {say.label(weakness)}.")
    lead = voice.pick("lead", many if len(lines) > 1 else one)
    yield Piece(say.lead_list(lead, lines), say.slots(weakness))


def _detect(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = [say.detection_line(item) for item in say.own_detections(weakness)]
    if not lines:
        return
    many = (
        f"Several methods find {say.label(weakness)}:",
        f"{say.label(weakness)} can be found in these ways:",
        f"Combine these methods to look for {weakness.upstream_id}:",
    )
    one = (f"{say.label(weakness)} can be found as follows.", f"One method suits {say.label(weakness)} in particular.")
    lead = voice.pick("lead", many if len(lines) > 1 else one)
    yield Piece(say.lead_list(lead, lines[:7]), say.slots(weakness))


def _observed(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    shown = voice.shuffle("cves", weakness.observed)[:4]
    if len(shown) < 2:
        return
    lead = voice.pick(
        "lead",
        (
            f"{say.label(weakness)} has been seen in real products:",
            f"Published vulnerabilities that show {say.label(weakness)}:",
            f"Real cases of {weakness.upstream_id} include:",
        ),
    )
    yield Piece(say.lead_list(lead, [f"{item.cve}: {item.text}" for item in shown]), say.slots(weakness))


def _introduced(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = [f"{item.phase}: {item.note}" for item in weakness.introductions if item.note]
    if not lines:
        return
    lead = voice.pick(
        "lead",
        (
            f"{say.label(weakness)} enters a product at these points:",
            f"Teams introduce {say.label(weakness)} in the following phases:",
            f"Watch for {weakness.upstream_id} here:",
        ),
    )
    yield Piece(say.lead_list(lead, lines), say.slots(weakness))


def _name_from_cve(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    for item in voice.shuffle("which", weakness.observed)[:3]:
        lead = voice.pick(
            item.cve,
            (
                f"The root cause is {say.label(weakness)}.",
                f"{item.cve} is an instance of {say.label(weakness)}.",
                f"This maps to {say.label(weakness)}.",
                f"{say.label(weakness)} fits this description best.",
            ),
        )
        reason = lower_first(whole(weakness.description))
        why = f"In that weakness, {reason}" if reason != whole(weakness.description) else reason
        yield Piece(f"{lead} {why}", say.slots(weakness, cve=item.cve), input=f"{item.cve}: {item.text}", key=item.cve)


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

TASKS: tuple[Task[Weakness], ...] = (
    Task("cwe.explain", "explain", Weakness, EXPLAIN, _explain),
    Task("cwe.consequences", "judge", Weakness, CONSEQUENCES, _consequences),
    Task("cwe.mitigate", "mitigate", Weakness, MITIGATE, _mitigate),
    Task("cwe.detect", "detect", Weakness, DETECT, _detect),
    Task("cwe.observed", "explain", Weakness, OBSERVED, _observed),
    Task("cwe.introduced", "explain", Weakness, INTRODUCED, _introduced),
    Task("cwe.name_from_cve", "map", Weakness, NAME_FROM_CVE, _name_from_cve),
)

"""Formats the fields of a weakness as phrases and lists, which the question and dialogue templates combine."""

import re
from collections.abc import Sequence

from hackmentor.data.compose.instructions import trim_advice
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import (
    format_bullets,
    join_paragraphs,
    lower_first_letter,
    split_sentences,
    trim_to_sentences,
)
from hackmentor.data.sources.cwe_weakness import Detection, Mitigation, Weakness

# Advice that this many weaknesses share says little about any one of them.
GENERAL_ADVICE = 3
BUSINESS_RISKS = {
    "Confidentiality": (
        "people could read data that is not meant for them",
        "confidential data could get out",
        "strangers could learn what we promised to keep to ourselves",
        "we might have to tell customers that their data was read",
    ),
    "Integrity": (
        "data could be changed without our knowing",
        "we could no longer trust our own figures",
        "somebody could alter what the program does",
        "records could be wrong and nobody would notice",
    ),
    "Availability": (
        "the service could slow down or stop for our users",
        "customers could stand before a closed door",
        "the system could fall over in the middle of the day",
        "work could come to a halt",
    ),
    "Access Control": (
        "an attacker could obtain rights that nobody granted",
        "somebody could do what only a few may do",
        "outsiders could act like insiders",
    ),
    "Authentication": ("an attacker could pass as someone else", "somebody could come in under another's name"),
    "Authorization": (
        "users could do things that they are not allowed to do",
        "limits that we set could be stepped over",
    ),
    "Accountability": ("we could lose the ability to tell who did what", "nobody could say afterwards who it was"),
    "Non-Repudiation": ("we could not prove afterwards who did what", "people could deny what they did"),
}
# Effects that say little to anybody.
VAGUE_IMPACTS = {"an unexpected state", "lower quality", "altered program logic", "instability"}
FENCE_NAMES = {"C++": "cpp", "C#": "csharp", "Shell": "bash", "Other": "", "ASP.NET": "aspnet"}
RATINGS = {"SOAR Partial": "partial"}
# Impacts that say nothing.
NO_IMPACT = {"Other", "Varies by Context"}
IMPACT_NOUNS = {
    "Modify Memory": "changed memory",
    "Read Memory": "disclosure of memory",
    "Read Files or Directories": "disclosure of files",
    "Modify Files or Directories": "changed files",
    "Read Application Data": "disclosure of application data",
    "Modify Application Data": "changed application data",
    "DoS: Crash, Exit, or Restart": "crashes",
    "DoS: Amplification": "amplified load",
    "DoS: Instability": "instability",
    "DoS: Resource Consumption (CPU)": "exhausted CPU time",
    "DoS: Resource Consumption (Memory)": "exhausted memory",
    "DoS: Resource Consumption (Other)": "exhausted resources",
    "Execute Unauthorized Code or Commands": "execution of foreign code or commands",
    "Gain Privileges or Assume Identity": "gained privileges or a false identity",
    "Bypass Protection Mechanism": "bypassed protection",
    "Hide Activities": "hidden activity",
    "Alter Execution Logic": "altered program logic",
    "Quality Degradation": "lower quality",
    "Unexpected State": "an unexpected state",
    "Reduce Maintainability": "harder maintenance",
    "Reduce Performance": "lower performance",
    "Reduce Reliability": "lower reliability",
}
# What begins so takes back or completes what was said before.
TURN = re.compile(r"(?:However|But|Instead|Unfortunately|Nevertheless|As a result)\b")
# What begins so does not go on from "cases where".
OPENING_CLAUSE = re.compile(r"(?:When|If|In|Any|Where|While|Once|By|Without|Because|This|These|That|Use|Ensure)\b")
KEEP_CAPITALS = {"DoS:", "CPU", "DoS", "I/O", "OS"}


def format_label(weakness: Weakness) -> str:
    """`CWE-79 (Cross-site Scripting)`, or with a colon where the name has brackets of its own."""
    name = weakness.short_name
    return f"{weakness.upstream_id}: {name}" if "(" in name else f"{weakness.upstream_id} ({name})"


def make_slots(weakness: Weakness, **more: str) -> dict[str, str]:
    """The slots that every question about a weakness may fill."""
    return {"id": weakness.upstream_id, "name": weakness.short_name, "label": format_label(weakness), **more}


SUMMARY_FRAMES = (
    "{label} covers cases where {text}",
    "{label} means that {text}",
    "{label} is reported when {text}",
    "{label} stands for this: {text}",
    "One speaks of {label} when {text}",
    "In {label}, {text}",
    "{label} is what CWE calls it when {text}",
)


def summarise_weakness(weakness: Weakness, chooser: HashChooser, max_words: int = 0) -> str:
    """The description, within `max_words` (0: all), as sentences that name the weakness's id first."""
    text = _keep_turn(weakness.description, trim_to_sentences(weakness.description, max_words))
    if lower_first_letter(text) != text and not OPENING_CLAUSE.match(text):
        frame = chooser.pick("summary", SUMMARY_FRAMES)
        return frame.format(label=format_label(weakness), text=lower_first_letter(text))
    return f"{format_label(weakness)}: {text}"


def _keep_turn(whole: str, cut: str) -> str:
    """A description cut short, with the sentence behind the cut where only that tells what is wrong."""
    rest = split_sentences(whole[len(cut) :].strip()) if whole.startswith(cut) else []
    return f"{cut} {rest[0]}" if rest and TURN.match(rest[0]) else cut


def _lower_words(impact: str) -> str:
    return " ".join(word if word in KEEP_CAPITALS else word.lower() for word in impact.split())


def select_mitigations(weakness: Weakness, max_items: int = 6, max_words: int = 45) -> list[Mitigation]:
    """At most `max_items` mitigations, those specific to the weakness before those shared by many.

    Only those of which `max_words` words still tell somebody what to do.
    """
    usable = [item for item in weakness.mitigations if trim_advice(item.text, max_words)]
    own = [item for item in usable if item.shared_by < GENERAL_ADVICE]
    shared = [item for item in usable if item.shared_by >= GENERAL_ADVICE]
    return _drop_repeats(own or shared[:1])[:max_items]


def _list_sentences(text: str) -> list[str]:
    return [sentence for line in text.split("\n") for sentence in split_sentences(line)]


def _drop_repeats(measures: Sequence[Mitigation]) -> list[Mitigation]:
    """The measures of which no sentence stands in an earlier one."""
    told: set[str] = set()
    kept: list[Mitigation] = []
    for item in measures:
        sentences = set(_list_sentences(item.text))
        if not sentences & told:
            kept.append(item)
        told |= sentences
    return kept


def format_mitigation(mitigation: Mitigation, max_words: int = 90) -> str:
    """`Implementation: what to do.`"""
    phases = ", ".join(mitigation.phases)
    limit = max_words if mitigation.shared_by < GENERAL_ADVICE else max_words // 2
    text = trim_advice(mitigation.text, limit)
    return add_title(phases, text)


def add_title(title: str, text: str) -> str:
    """`Title: text`, a list on lines of its own; the text alone where there is no title."""
    if not title:
        return text
    return f"{title}:\n{text}" if text.startswith(("- ", "1. ")) else f"{title}: {text}"


def select_specific_detections(weakness: Weakness) -> list[Detection]:
    """The detection methods whose text is not the same for many weaknesses."""
    return [item for item in weakness.detections if item.shared_by < GENERAL_ADVICE]


def format_detection(detection: Detection, max_words: int = 110) -> str:
    """`Fuzzing: how it finds the weakness. Its effectiveness is rated high.`"""
    known = detection.effectiveness and detection.effectiveness != "None"
    rated = (
        f" Its effectiveness is rated {RATINGS.get(detection.effectiveness, detection.effectiveness.lower())}."
        if known
        else ""
    )
    return f"{add_title(detection.method, trim_to_sentences(detection.text, max_words))}{rated}"


def format_lead_and_list(lead: str, lines: Sequence[str]) -> str:
    """A lead-in and a list under it; a single line joins the lead-in as a paragraph."""
    return join_paragraphs(lead, format_bullets(lines)) if len(lines) > 1 else join_paragraphs(lead, lines[0])


def fence_code(code: str, language: str) -> str:
    """Code in a fence that names its language."""
    return f"```{FENCE_NAMES.get(language, language.lower().replace(' ', '-'))}\n{code}\n```"


def may_be_assigned(weakness: Weakness) -> bool:
    """Whether CWE allows to classify a vulnerability with it: not where it says Discouraged or Prohibited."""
    return weakness.usage not in ("Discouraged", "Prohibited")


def list_impacts(weakness: Weakness) -> list[str]:
    """The distinct impacts as nouns, without those that say nothing."""
    found = (impact for item in weakness.consequences for impact in item.impacts if impact not in NO_IMPACT)
    return list(dict.fromkeys(IMPACT_NOUNS.get(impact, _lower_words(impact)) for impact in found))


def list_business_risks(weakness: Weakness, chooser: HashChooser) -> list[str]:
    """What could happen, in words for people who run a business; most weaknesses have one to three."""
    scopes = dict.fromkeys(scope for item in weakness.consequences for scope in item.scopes)
    return [chooser.pick(scope, BUSINESS_RISKS[scope]) for scope in scopes if scope in BUSINESS_RISKS][:3]

"""How a weakness's fields are said in sentences and lists; the tasks and plans put them together."""

from collections.abc import Sequence

from hackmentor.data.prose import bullets, finish, listed, lower_first, paragraphs, whole
from hackmentor.data.sources.cwe_weakness import Consequence, Detection, Mitigation, Weakness

# Advice that this many weaknesses share says little about any one of them.
GENERAL = 8
BUSINESS = {
    "Confidentiality": "people could read data that is not meant for them",
    "Integrity": "data or program behaviour could be changed without our knowing",
    "Availability": "the service could slow down or stop for our users",
    "Access Control": "an attacker could obtain rights that nobody granted",
    "Authentication": "an attacker could pass as someone else",
    "Authorization": "users could do things that they are not allowed to do",
    "Accountability": "we could lose the ability to tell who did what",
    "Non-Repudiation": "we could not prove afterwards who did what",
}
FENCE_NAMES = {"C++": "cpp", "C#": "csharp", "Shell": "bash", "Other": "", "ASP.NET": "aspnet"}
RATINGS = {"SOAR Partial": "partial"}
# Impacts that say nothing.
NO_IMPACT = {"Other", "Varies by Context"}
KEEP_CAPITALS = {"DoS:", "CPU", "DoS", "I/O", "OS"}


def label(weakness: Weakness) -> str:
    """`CWE-79 (Cross-site Scripting)`, or with a colon where the name has brackets of its own."""
    name = weakness.short_name
    return f"{weakness.upstream_id}: {name}" if "(" in name else f"{weakness.upstream_id} ({name})"


def slots(weakness: Weakness, **more: str) -> dict[str, str]:
    """The words that every question about a weakness may use."""
    return {"id": weakness.upstream_id, "name": weakness.short_name, "label": label(weakness), **more}


def what_it_is(weakness: Weakness) -> str:
    """One sentence that begins with the weakness's id."""
    text = whole(weakness.description)
    if lower_first(text) != text:
        return f"{label(weakness)} covers cases where {lower_first(text)}"
    return f"{label(weakness)}: {text}"


def impacts(consequence: Consequence) -> str:
    """The impacts in running text, or nothing."""
    return "; ".join(_small(impact) for impact in consequence.impacts if impact not in NO_IMPACT)


def _small(impact: str) -> str:
    return " ".join(word if word in KEEP_CAPITALS else word.lower() for word in impact.split())


def consequence_line(consequence: Consequence) -> str:
    """`Confidentiality: read files or directories. How it happens.`"""
    scopes = listed([scope for scope in consequence.scopes if scope != "Other"])
    said = finish(impacts(consequence)) if not scopes else impacts(consequence)
    note = whole(consequence.note)
    if scopes and said:
        return f"{scopes}: {said}. {note}".strip()
    text = f"{said} {note}".strip()
    return titled(scopes, text) if text else ""


def consequence_lines(weakness: Weakness) -> list[str]:
    """One line for each consequence that says something."""
    lines = [consequence_line(item) for item in weakness.consequences]
    return [line for line in dict.fromkeys(lines) if line]


def best_mitigations(weakness: Weakness, most: int = 6) -> list[Mitigation]:
    """The mitigations, the weakness's own before those that it shares with many."""
    # Where a long list follows a short lead-in, a limit leaves nothing that could stand alone.
    usable = [item for item in weakness.mitigations if whole(item.text, 45)]
    own = [item for item in usable if item.shared_by < GENERAL]
    shared = [item for item in usable if item.shared_by >= GENERAL]
    return (own + shared[:2])[:most]


def mitigation_line(item: Mitigation, most_words: int = 90) -> str:
    """`Implementation: what to do.`"""
    phases = ", ".join(item.phases)
    limit = most_words if item.shared_by < GENERAL else most_words // 2
    text = whole(item.text, limit)
    return titled(phases, text)


def titled(title: str, text: str) -> str:
    """`Title: text`, a list on lines of its own; the text alone where there is no title."""
    if not title:
        return text
    return f"{title}:\n{text}" if text.startswith(("- ", "1. ")) else f"{title}: {text}"


def own_detections(weakness: Weakness) -> list[Detection]:
    """The detection methods whose text is not the same for many weaknesses."""
    return [item for item in weakness.detections if item.shared_by < GENERAL]


def detection_line(item: Detection, most_words: int = 110) -> str:
    """`Fuzzing: how it finds the weakness. Its effectiveness is rated high.`"""
    known = item.effectiveness and item.effectiveness != "None"
    rated = (
        f" Its effectiveness is rated {RATINGS.get(item.effectiveness, item.effectiveness.lower())}." if known else ""
    )
    return f"{titled(item.method, whole(item.text, most_words))}{rated}"


def lead_list(lead: str, lines: Sequence[str]) -> str:
    """A lead-in and a list under it; a single line joins the lead-in as a paragraph."""
    return paragraphs(lead, bullets(lines)) if len(lines) > 1 else paragraphs(lead, lines[0])


def fenced(code: str, language: str) -> str:
    """Code in a fence that names its language."""
    names = {
        "C++": "cpp",
        "C#": "csharp",
        "JavaScript": "javascript",
        "Shell": "bash",
        "Other": "",
        "ASP.NET": "aspnet",
    }
    return f"```{names.get(language, language.lower().replace(' ', '-'))}\n{code}\n```"


def business_risk(weakness: Weakness) -> list[str]:
    """What could happen, in words for people who run a business; most weaknesses have one to three."""
    scopes = dict.fromkeys(scope for item in weakness.consequences for scope in item.scopes)
    return [BUSINESS[scope] for scope in scopes if scope in BUSINESS][:3]

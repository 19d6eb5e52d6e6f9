"""How the objects and links of a STIX bundle are said in sentences and lists."""

from collections.abc import Iterator, Sequence

from hackmentor.data.compose.template import Shelf
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import listed, sentences, whole
from hackmentor.data.sources.blocks import fenced
from hackmentor.data.sources.stix_objects import Indicator, Link, Subject

ACTORS = ("threat-actor", "intrusion-set", "campaign")
SOFTWARE = ("malware", "tool")
NOUN = {
    "attack-pattern": "technique", "malware": "malware", "tool": "tool", "intrusion-set": "group",
    "threat-actor": "threat actor", "campaign": "campaign", "course-of-action": "mitigation",
    "vulnerability": "vulnerability",
}  # fmt: skip
HEADINGS = {
    "threat-actor": "Threat actors", "intrusion-set": "Groups", "campaign": "Campaigns", "malware": "Malware",
    "tool": "Tools", "attack-pattern": "Techniques", "vulnerability": "Vulnerabilities", "identity": "Organisations",
    "location": "Places", "course-of-action": "Mitigations", "indicator": "Indicators",
}  # fmt: skip
MOST_NAMES = 12


def slots(subject: Subject, **more: str) -> dict[str, str]:
    """The words that every question about a subject may use."""
    return {"name": subject.name, "label": subject.label, "kind": NOUN[subject.kind], **more}


def also(subject: Subject) -> str:
    """Its other names, and the platforms that it concerns."""
    known = f"It is also known as {listed(list(subject.also[:6]))}." if subject.also else ""
    where = f"It concerns {listed(list(subject.platforms))}." if subject.platforms else ""
    return f"{known} {where}".strip()


def names(links: Sequence[Link], voice: Voice, most: int = 8) -> str:
    """Some of the objects by name, and how many more there are."""
    named = sorted(link.label for link in some(links, voice, most))
    rest = len(links) - len(named)
    return listed([*named, f"{rest} more"] if rest else named)


def some(links: Sequence[Link], voice: Voice, most: int = 8) -> list[Link]:
    """The objects that `names` names: what a later turn may take up."""
    return voice.shuffle("names", links)[:most]


def by_kind(links: Sequence[Link], voice: Voice) -> list[str]:
    """`Tools: Mimikatz (S0002) and PsExec (S0029)`, one line for each kind of object."""
    lines = []
    for kind, heading in HEADINGS.items():
        fit = [link for link in links if link.kind == kind]
        if fit:
            lines.append(f"{heading}: {names(fit, voice, MOST_NAMES)}")
    return lines


def measure(link: Link, shelf: Shelf) -> str:
    """A mitigation with how it helps here, or else with what it is."""
    entry = shelf.get(link.id, Subject)
    told = whole(link.how, 60) or (whole(sentences(entry.description)[0]) if entry and entry.description else "")
    return f"{link.label}: {told}" if told else f"{link.label}."


def aims(subject: Subject, voice: Voice) -> list[str]:
    """Whom it targets, and to whom it is attributed or what is attributed to it."""
    targets, behind = subject.linked("targets"), subject.linked("attributed-to")
    done = subject.linked("attributed-to (by)")
    lines = [f"{subject.label} targets {names(targets, voice)}." if targets else ""]
    lines.append(f"{subject.label} is attributed to {names(behind, voice)}." if behind else "")
    lines.append(
        f"{names(done, voice)} {'is' if len(done) == 1 else 'are'} attributed to {subject.name}." if done else ""
    )
    told = [whole(link.how, 50) for link in (*targets, *behind) if len(link.how.split()) > 6]
    return [line for line in (*lines, *told[:2]) if line]


def pattern(indicator: Indicator) -> str:
    """The pattern in a fence, exactly as it was written."""
    return fenced(indicator.pattern, indicator.pattern_type)


def background(links: Sequence[Link], shelf: Shelf) -> str:
    """What the first of the objects that is known here is."""
    found = (shelf.get(link.id, Subject) for link in links)
    entry = next((item for item in found if item and item.description), None)
    return whole(entry.description.split("\n\n")[0], 60) if entry else ""


def used(subject: Subject) -> Iterator[str]:
    """The kind of a subject with each thing that it uses, so that two of a kind can be compared."""
    for link in subject.linked("uses"):
        yield f"{subject.kind} {link.id}"

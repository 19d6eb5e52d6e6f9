"""Formats the objects and links of a STIX bundle as phrases and lists."""

from collections.abc import Iterator, Sequence

from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import join_items, split_sentences, trim_to_sentences
from hackmentor.data.sources.blocks import fence_code
from hackmentor.data.sources.stix_objects import Indicator, StixLink, StixSubject

ACTORS = ("threat-actor", "intrusion-set", "campaign")
SOFTWARE = ("malware", "tool")
TYPE_NOUNS = {
    "attack-pattern": "technique", "malware": "malware", "tool": "tool", "intrusion-set": "group",
    "threat-actor": "threat actor", "campaign": "campaign", "course-of-action": "mitigation",
    "vulnerability": "vulnerability",
}  # fmt: skip
HEADINGS = {
    "threat-actor": "Threat actors", "intrusion-set": "Groups", "campaign": "Campaigns", "malware": "Malware",
    "tool": "Tools", "attack-pattern": "Techniques", "vulnerability": "Vulnerabilities", "identity": "Organisations",
    "location": "Places", "course-of-action": "Mitigations", "indicator": "Indicators",
}  # fmt: skip
MAX_NAMES = 12


def make_slots(subject: StixSubject, **more: str) -> dict[str, str]:
    """The slots that every question about a subject may fill."""
    return {"name": subject.name, "label": subject.label, "kind": TYPE_NOUNS[subject.kind], **more}


def format_aliases_and_platforms(subject: StixSubject) -> str:
    """Its other names, and the platforms that it concerns."""
    known = f"It is also known as {join_items(list(subject.aliases[:6]))}." if subject.aliases else ""
    where = f"It concerns {join_items(list(subject.platforms))}." if subject.platforms else ""
    return f"{known} {where}".strip()


def format_names(links: Sequence[StixLink], chooser: HashChooser, max_names: int = 8) -> str:
    """Some of the objects by name, and how many more there are."""
    named = sorted(link.label for link in select_links(links, chooser, max_names))
    rest = len(links) - len(named)
    return join_items([*named, f"{rest} more"] if rest else named)


def select_links(links: Sequence[StixLink], chooser: HashChooser, max_links: int = 8) -> list[StixLink]:
    """The links that `format_names` names, which a later turn may take up."""
    return chooser.shuffle("names", links)[:max_links]


def format_names_by_kind(links: Sequence[StixLink], chooser: HashChooser) -> list[str]:
    """`Tools: Mimikatz (S0002) and PsExec (S0029)`, one line for each kind of object."""
    lines = []
    for kind, heading in HEADINGS.items():
        fit = [link for link in links if link.kind == kind]
        if fit:
            lines.append(f"{heading}: {format_names(fit, chooser, MAX_NAMES)}")
    return lines


def format_mitigation(link: StixLink, entry_index: EntryIndex) -> str:
    """A mitigation with how it helps here, or else with what it is."""
    entry = entry_index.get(link.id, StixSubject)
    descriptions = trim_to_sentences(link.description, 60) or (
        trim_to_sentences(split_sentences(entry.description)[0]) if entry and entry.description else ""
    )
    return f"{link.label}: {descriptions}" if descriptions else f"{link.label}."


def format_targets_and_attribution(subject: StixSubject, chooser: HashChooser) -> list[str]:
    """Whom it targets, and to whom it is attributed or what is attributed to it."""
    targets, behind = subject.get_links("targets"), subject.get_links("attributed-to")
    done = subject.get_links("attributed-to (by)")
    lines = [f"{subject.label} targets {format_names(targets, chooser)}." if targets else ""]
    lines.append(f"{subject.label} is attributed to {format_names(behind, chooser)}." if behind else "")
    lines.append(
        f"{format_names(done, chooser)} {'is' if len(done) == 1 else 'are'} attributed to {subject.name}."
        if done
        else ""
    )
    descriptions = [
        trim_to_sentences(link.description, 50) for link in (*targets, *behind) if len(link.description.split()) > 6
    ]
    return [line for line in (*lines, *descriptions[:2]) if line]


def format_pattern(indicator: Indicator) -> str:
    """The pattern in a fence, exactly as it was written."""
    return fence_code(indicator.pattern, indicator.pattern_type)


def describe_first_known(links: Sequence[StixLink], entry_index: EntryIndex) -> str:
    """The start of the description of the first linked object that has one."""
    found = (entry_index.get(link.id, StixSubject) for link in links)
    entry = next((item for item in found if item and item.description), None)
    return trim_to_sentences(entry.description.split("\n\n")[0], 60) if entry else ""


def iter_usage_keys(subject: StixSubject) -> Iterator[str]:
    """The kind of a subject with each thing that it uses, so that two of a kind can be compared."""
    for link in subject.get_links("uses"):
        yield f"{subject.kind} {link.id}"

"""Formats actors: which of their techniques to name and why, and which mitigations address most of them."""

from collections import Counter

from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.prose import join_items, trim_to_sentences
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor, TechniqueRef

KIND_WORDS = {"group": "threat group", "malware": "malware", "tool": "tool"}


def format_label(actor: Actor) -> str:
    """`APT29 (G0016)`."""
    return f"{actor.name} ({actor.upstream_id})"


def make_slots(actor: Actor, **more: str) -> dict[str, str]:
    """The slots that every question about an actor may fill."""
    kind = KIND_WORDS[actor.kind]
    return {"label": format_label(actor), "name": actor.name, "id": actor.upstream_id, "kind": kind, **more}


def describe(actor: Actor, max_words: int) -> str:
    """The first paragraph of the description, within `max_words`, its line breaks joined."""
    first = actor.description.split("\n\n")[0].replace("-\n", "-")
    text = trim_to_sentences(" ".join(first.split()), max_words)
    # A command keeps its small letters, also at the start of a sentence.
    return actor.name + text[len(actor.name) :] if text.lower().startswith(actor.name.lower()) else text


def list_aliases(actor: Actor) -> list[str]:
    """The other names, without those that only add the ending of a file."""
    return [name for name in actor.aliases if name.lower().partition(".")[0] != actor.name.lower()]


def format_technique(ref: TechniqueRef) -> str:
    """`Phishing (T1660, mobile)`: the domain is told where it is not the enterprise one."""
    domain = "" if ref.domain == "enterprise" else f", {ref.domain}"
    return f"{ref.name} ({ref.id}{domain})"


def list_rarest(actor: Actor, max_items: int) -> list[TechniqueRef]:
    """The techniques that the fewest groups use, which say most about this actor; those of its usual domain first."""
    domains = Counter(ref.domain for ref in actor.techniques)
    usual = max(domains, key=lambda domain: (domains[domain], domain)) if domains else ""
    ordered = sorted(actor.techniques, key=lambda ref: (ref.domain != usual, ref.group_count, ref.id))
    return ordered[:max_items]


def format_by_tactic(refs: list[TechniqueRef]) -> list[str]:
    """One line for each tactic, in the order of an attack; a technique stands under its first tactic."""
    groups: dict[str, list[str]] = {}
    for ref in refs:
        groups.setdefault(ref.tactics[0], []).append(format_technique(ref))
    known = [tactic for tactic in phrases.GOAL_WORDINGS if tactic in groups]
    return [f"{tactic}: {join_items(sorted(groups[tactic]))}." for tactic in [*known, *sorted(groups.keys() - known)]]


def count_measures(refs: list[TechniqueRef], entry_index: EntryIndex) -> list[tuple[str, list[str]]]:
    """Each mitigation with the names of those techniques, among `refs`, that it addresses; the broadest first.

    Only techniques of this side of the split count.
    """
    found: dict[str, list[str]] = {}
    for ref in refs:
        technique = entry_index.get(ref.id, Technique)
        for measure in technique.mitigations if technique else ():
            found.setdefault(f"{measure.name} ({measure.id})", []).append(format_technique(ref))
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))

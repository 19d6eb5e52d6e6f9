"""ATT&CK as objects and relations, whatever file or package it was read from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence, join_paragraphs, split_sentences

ObjectClass = Literal["technique", "measure", "actor"]
ActorKind = Literal["group", "malware", "tool", "campaign"]
Relation = Literal["uses", "mitigates", "subtechnique-of"]


@dataclass(frozen=True, slots=True)
class AttackObject:
    """A technique, a mitigation or an actor. `key` is its class and uuid: a uuid alone is not unique over classes."""

    key: str
    id: str
    name: str
    description: str
    kind: ActorKind | Literal[""] = ""
    domain: str = ""
    tactics: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    data_sources: tuple[str, ...] = ()
    is_cut: bool = False
    """Whether the source cut the description off; what is left are whole sentences."""


@dataclass(frozen=True, slots=True)
class AttackLink:
    """A relation between two objects, by their keys, with what ATT&CK says about just this pair (may be empty)."""

    relation: Relation
    source: str
    target: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Analytic:
    """A way to detect a technique: what to look for, where it is logged, and what to tune."""

    id: str
    platforms: tuple[str, ...]
    text: str
    log_sources: tuple[tuple[str, str], ...]
    """(log, channel or event), such as (`WinEventLog:Security`, `EventCode=4688`)."""
    tunables: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class AttackKnowledge:
    """All live objects of an ATT&CK release by key, their relations, and what is no longer in use."""

    version: str
    released: str
    """The day of the release, as YYYY-MM-DD; empty if unknown."""
    objects: dict[str, AttackObject] = field(default_factory=dict)
    links: list[AttackLink] = field(default_factory=list)
    analytics: dict[str, list[Analytic]] = field(default_factory=dict)
    """By the key of a technique."""
    tactics: set[str] = field(default_factory=set)
    retired: dict[str, list[str]] = field(default_factory=dict)
    """External ids by reason."""
    retired_keys: set[str] = field(default_factory=set)
    successors: dict[str, str] = field(default_factory=dict)
    """The id of a revoked object -> the id of the one that replaced it."""

    def iter_class(self, name: ObjectClass) -> Iterator[AttackObject]:
        """The objects of one class."""
        return (item for key, item in self.objects.items() if key.startswith(f"{name}--"))

    def add_retired(self, reason: str, key: str, external_id: str) -> None:
        """Log an object that is no longer in use."""
        self.retired.setdefault(reason, []).append(external_id)
        self.retired_keys.add(key)

    def find_current_id(self, external_id: str) -> str:
        """The id that replaced `external_id`, or the id itself."""
        seen: set[str] = set()
        while external_id in self.successors and external_id not in seen:
            seen.add(external_id)
            external_id = self.successors[external_id]
        return external_id


def clean_whole_sentences(text: str) -> tuple[str, bool]:
    """Plain text, and whether the source had cut it off; what follows the last whole sentence of cut text goes."""
    clean = clean_text(text)
    if not clean.endswith("..."):
        return finish_sentence(clean), False
    *blocks, last = clean.split("\n\n")
    return join_paragraphs(*blocks, " ".join(split_sentences(last)[:-1])), True


def complete_knowledge(primary: AttackKnowledge, older: AttackKnowledge) -> AttackKnowledge:
    """`primary` with whole descriptions where its own are cut, and with the domains that it lacks, from `older`."""
    for key, item in primary.objects.items():
        known = older.objects.get(key)
        if item.is_cut and known and known.description:
            primary.objects[key] = _replace_description(item, known.description)
    domains = {item.domain for item in primary.iter_class("technique")}
    added = {key for key, item in older.objects.items() if _is_missing(key, item, primary, domains)}
    primary.objects.update((key, older.objects[key]) for key in sorted(added))
    linked = {key for link in older.links if link.target in added for key in (link.source,)}
    primary.objects.update(
        (key, older.objects[key])
        for key in sorted(linked - primary.objects.keys() - primary.retired_keys)
        if key in older.objects
    )
    primary.links += [link for link in older.links if {link.source, link.target} & added and _has_ends(link, primary)]
    _add_retired_domains(primary, older, domains)
    return primary


def _is_missing(key: str, item: AttackObject, primary: AttackKnowledge, domains: set[str]) -> bool:
    return key.startswith("technique--") and item.domain not in domains and key not in primary.retired_keys


def _has_ends(link: AttackLink, knowledge: AttackKnowledge) -> bool:
    return link.source in knowledge.objects and link.target in knowledge.objects


def _add_retired_domains(primary: AttackKnowledge, older: AttackKnowledge, domains: set[str]) -> None:
    for reason, ids in older.retired.items():
        known = set(primary.retired.get(reason, ()))
        primary.retired[reason] = sorted({*known, *ids})
    primary.tactics |= {
        tactic for item in older.iter_class("technique") if item.domain not in domains for tactic in item.tactics
    }
    primary.successors = older.successors | primary.successors


def _replace_description(item: AttackObject, description: str) -> AttackObject:
    return replace(item, description=description, is_cut=False)


def group_links(links: Iterable[AttackLink], relation: Relation, *, by: str) -> dict[str, list[AttackLink]]:
    """The links of one relation by their `source` or `target`."""
    found: dict[str, list[AttackLink]] = {}
    for link in links:
        if link.relation == relation:
            found.setdefault(link.source if by == "source" else link.target, []).append(link)
    return found

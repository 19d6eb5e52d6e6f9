"""Which names are one threat actor, and which actors are related."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Relation = Literal["same", "related", "none"]


@dataclass(frozen=True)
class AliasGraph:
    """The aliases and the related groups of actors, both ways, all names in lower case."""

    aliases: Mapping[str, frozenset[str]]
    related: Mapping[str, frozenset[str]]

    @property
    def names(self) -> frozenset[str]:
        """Every name that is in it."""
        return frozenset(self.aliases) | frozenset(self.related)

    def relate(self, actor: str, other: str) -> Relation:
        """How two names are connected: by aliases alone, by aliases and related groups, or not at all."""
        start, goal = normalise_name(actor), normalise_name(other)
        if goal in self._reach(start, (self.aliases,)):
            return "same"
        return "related" if goal in self._reach(start, (self.aliases, self.related)) else "none"

    def _reach(self, start: str, edges: Sequence[Mapping[str, frozenset[str]]]) -> set[str]:
        reached, pending = {start}, [start]
        while pending:
            name = pending.pop()
            new = set().union(*(edge.get(name, frozenset()) for edge in edges)) - reached
            reached |= new
            pending += new
        return reached


def build_alias_graph(
    aliases: Mapping[str, Sequence[str]], related: Mapping[str, Sequence[str]], ignored: frozenset[str] = frozenset()
) -> AliasGraph:
    """The graph of two tables of names; `ignored` are texts that stand for a missing name."""
    return AliasGraph(_link_both_ways(aliases, ignored), _link_both_ways(related, ignored))


def _link_both_ways(table: Mapping[str, Sequence[str]], ignored: frozenset[str]) -> dict[str, frozenset[str]]:
    links: dict[str, set[str]] = {}
    for name, others in table.items():
        for other in others:
            pair = normalise_name(name), normalise_name(other)
            if ignored.isdisjoint(pair):
                links.setdefault(pair[0], set()).add(pair[1])
                links.setdefault(pair[1], set()).add(pair[0])
    return {name: frozenset(others) for name, others in links.items()}


def normalise_name(name: str) -> str:
    """A name in lower case, without white space around it."""
    return re.sub(r"\s+", " ", name).strip().lower()

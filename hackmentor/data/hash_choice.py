"""Choices by hash instead of by a running random state, so that neither order nor number of records changes them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


def number(seed: int, *key: str) -> int:
    """A 64-bit number fixed by the seed and the key."""
    text = "\x1f".join((str(seed), *key))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def fraction(seed: int, *key: str) -> float:
    """A number in [0, 1) fixed by the seed and the key."""
    return number(seed, *key) / 2**64


@dataclass(frozen=True, slots=True)
class Voice:
    """Picks wordings for one record: the same seed, entry and task always speak the same way."""

    seed: int
    upstream_id: str
    task: str

    def pick(self, slot: str, options: Sequence[T]) -> T:
        """One of the options, fixed by the voice and the slot's name."""
        return options[number(self.seed, self.upstream_id, self.task, slot) % len(options)]

    def shuffle(self, slot: str, items: Sequence[T]) -> list[T]:
        """The items in an order fixed by the voice, the slot's name and each item's own id or text."""
        return sorted(items, key=lambda item: number(self.seed, self.upstream_id, self.task, slot, _identity(item)))


def _identity(item: object) -> str:
    for name in ("id", "upstream_id", "cve"):
        value = getattr(item, name, None)
        if isinstance(value, str):
            return value
    return repr(item)

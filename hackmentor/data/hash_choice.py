"""Choices by hash rather than by a running random state: neither the order nor the number of records changes them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


def hash_to_int(seed: int, *key: str) -> int:
    """A 64-bit unsigned integer fixed by the seed and the key."""
    text = "\x1f".join((str(seed), *key))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def hash_to_fraction(seed: int, *key: str) -> float:
    """A number in [0, 1) fixed by the seed and the key."""
    return hash_to_int(seed, *key) / 2**64


@dataclass(frozen=True, slots=True)
class HashChooser:
    """Chooses wordings for one record: the same seed, entry and task always give the same choices."""

    seed: int
    upstream_id: str
    task: str

    def pick(self, slot: str, options: Sequence[T]) -> T:
        """One of the options, fixed by the seed, entry, task and the slot's name."""
        return options[hash_to_int(self.seed, self.upstream_id, self.task, slot) % len(options)]

    def draw(self, slot: str, share: float) -> bool:
        """True for about this share (0 to 1) of all entries."""
        return hash_to_fraction(self.seed, self.upstream_id, self.task, slot) < share

    def shuffle(self, slot: str, items: Sequence[T]) -> list[T]:
        """The items in an order fixed by the seed, entry, task, slot and each item's own id or text."""
        return sorted(
            items, key=lambda item: hash_to_int(self.seed, self.upstream_id, self.task, slot, _get_identity(item))
        )


def _get_identity(item: object) -> str:
    for name in ("id", "upstream_id", "cve"):
        value = getattr(item, name, None)
        if isinstance(value, str):
            return value
    # The repr of a dataclass names its class and fields: renaming those would reorder the items.
    return repr(item)

"""The split into training and evaluation, fixed by upstream id, so that no subject is on both sides."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from hackmentor.data.hash_choice import hash_to_fraction
from hackmentor.data.sources.catalogue import CatalogueEntry
from hackmentor.records.record import Record

SUB_TECHNIQUE = re.compile(r"(T\d{4})\.\d{3}")


def is_held_out(key: str, seed: int, eval_fraction: float, kept_out: Collection[str] = ()) -> bool:
    """Whether entries with this split key are held out: `kept_out`, and about `eval_fraction` (0 to 1) of all keys."""
    return key in kept_out or hash_to_fraction(seed, "split", key) < eval_fraction


def find_least_fraction(keys: Iterable[str], seed: int, count: int = 1) -> float | None:
    """The smallest fraction that holds out entries of `count` keys, None where there are not more keys than these."""
    fractions = sorted({hash_to_fraction(seed, "split", key) for key in keys})
    return math.nextafter(fractions[count - 1], 1.0) if len(fractions) > count else None


def split_entries(
    entries: Sequence[CatalogueEntry], seed: int, eval_fraction: float, kept_out: Collection[str] = ()
) -> tuple[list[CatalogueEntry], list[CatalogueEntry]]:
    """The training entries and the held-out ones, each in the given order."""
    sides = [is_held_out(entry.split_key, seed, eval_fraction, kept_out) for entry in entries]
    train = [entry for entry, held_out in zip(entries, sides, strict=True) if not held_out]
    held_out = [entry for entry, held_out in zip(entries, sides, strict=True) if held_out]
    return train, held_out


def get_split_key(record: Record, entry_keys: Mapping[str, str]) -> str:
    """The split key of a ready-made record: that of the known entry it rests on, or its own upstream id.

    A sub-technique goes where its technique goes, known or not.
    """
    return find_split_key(record.upstream_id, entry_keys)


def find_split_key(upstream_id: str, entry_keys: Mapping[str, str]) -> str:
    """The split key of an entry by its id, known or not."""
    if upstream_id in entry_keys:
        return entry_keys[upstream_id]
    sub = SUB_TECHNIQUE.fullmatch(upstream_id)
    return sub.group(1) if sub else upstream_id

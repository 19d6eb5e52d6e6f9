"""Which records train and which evaluate: fixed by upstream id, so that no subject is on both sides."""

import re
from collections.abc import Mapping, Sequence

from hackmentor.data.hash_choice import fraction
from hackmentor.data.sources.catalogue import Entry
from hackmentor.records.record import Record

SUB_TECHNIQUE = re.compile(r"(T\d{4})\.\d{3}")


def holds_out(key: str, seed: int, eval_fraction: float) -> bool:
    """Whether what has this split key evaluates: about `eval_fraction` (0 to 1) of all keys do."""
    return fraction(seed, "split", key) < eval_fraction


def split_entries(entries: Sequence[Entry], seed: int, eval_fraction: float) -> tuple[list[Entry], list[Entry]]:
    """The entries that train and those that evaluate, each in the given order."""
    sides = [holds_out(entry.split_key, seed, eval_fraction) for entry in entries]
    train = [entry for entry, held_out in zip(entries, sides, strict=True) if not held_out]
    held_out = [entry for entry, held_out in zip(entries, sides, strict=True) if held_out]
    return train, held_out


def record_key(record: Record, known: Mapping[str, str]) -> str:
    """The split key of a ready-made record: that of the known entry it rests on, or its own upstream id.

    A sub-technique goes where its technique goes, known or not.
    """
    if record.upstream_id in known:
        return known[record.upstream_id]
    sub = SUB_TECHNIQUE.fullmatch(record.upstream_id)
    return sub.group(1) if sub else record.upstream_id

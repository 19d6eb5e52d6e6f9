"""Which records train and which evaluate: fixed by upstream id, so that no subject is on both sides."""

from collections.abc import Iterable, Sequence
from typing import Literal

from hackmentor.data.choose import fraction
from hackmentor.data.records import Record
from hackmentor.data.sources.base import Entry
from hackmentor.errors import UserError

Side = Literal["train", "eval"]
SHOWN = 5


def side(entry: Entry, seed: int, eval_fraction: float) -> Side:
    """The side of an entry: about `eval_fraction` (0 to 1) of all split keys evaluate."""
    return "eval" if fraction(seed, "split", entry.split_key) < eval_fraction else "train"


def split_entries(entries: Sequence[Entry], seed: int, eval_fraction: float) -> tuple[list[Entry], list[Entry]]:
    """The entries that train and those that evaluate, each in the given order."""
    sides = [side(entry, seed, eval_fraction) for entry in entries]
    train = [entry for entry, where in zip(entries, sides, strict=True) if where == "train"]
    held_out = [entry for entry, where in zip(entries, sides, strict=True) if where == "eval"]
    return train, held_out


def refuse_overlap(train: Iterable[Record], held_out: Iterable[Record]) -> None:
    """Raise UserError with the offending pairs where the same content both trains and evaluates."""
    trained = {record.sha256: record.id for record in train}
    pairs = [(trained[record.sha256], record.id) for record in held_out if record.sha256 in trained]
    if pairs:
        named = "; ".join(f"{left} = {right}" for left, right in pairs[:SHOWN])
        raise UserError(f"{len(pairs)} evaluation record(s) are also in the training data: {named}")

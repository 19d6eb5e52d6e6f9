"""The column `split` of a table: rows of a file that say themselves whether they are for training or for evaluation."""

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from hackmentor.records.read.rows import iter_rows

SPLIT_KEY = "split"
_TRAINING = frozenset({"train", "training"})
_HELD_OUT = frozenset(
    {"test", "testing", "eval", "evaluation", "val", "valid", "validation", "dev", "heldout", "held_out"}
)
_SEEN_ROWS = 50


def read_split_side(item: object) -> bool | None:
    """Whether a row says that it is held out; None if it says nothing, or a word that is neither."""
    value = item.get(SPLIT_KEY) if isinstance(item, Mapping) else None
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in _HELD_OUT else False if word in _TRAINING else None


def has_both_sides(files: Iterable[Path]) -> bool:
    """Whether the rows of some files say of themselves which are for training, and which are held out.

    Where all say the same it is how they were exported, and decides nothing. Only a file with such a column in its
    first rows is read to its end.
    """
    seen: set[bool] = set()
    for file in files:
        first = [read_split_side(row.content) for row in islice(iter_rows(file), _SEEN_ROWS)]
        if all(side is None for side in first):
            continue
        for row in iter_rows(file):
            if (side := read_split_side(row.content)) is not None:
                seen.add(side)
            if len(seen) == 2:
                return True
    return False

"""Which records go through the model together: bins filled as full as their records allow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hackmentor.prompts.example import Example

if TYPE_CHECKING:
    pass


def bin_pack(examples: Sequence[Example], max_tokens: int, prefix: int = 0) -> list[list[Example]]:
    """Groups of at most `max_tokens`: each takes the first example that is left, and those that fill the rest best.

    The first `prefix` tokens, the same in all, count once a group. Minimum bin slack (Gupta & Ho 1999).
    """
    remaining = [(example, example.computed_tokens - prefix) for example in examples]
    groups: list[list[Example]] = []
    while remaining:
        first, own_tokens = remaining.pop(0)
        chosen = best_fit([length for _, length in remaining], max_tokens - prefix - own_tokens)
        groups.append([first, *(remaining[index][0] for index in chosen)])
        for index in reversed(chosen):
            del remaining[index]
    return groups


def best_fit(lengths: Sequence[int], capacity: int) -> list[int]:
    """The indexes, ascending, of the lengths whose sum comes closest to the capacity without exceeding it."""
    if capacity <= 0:
        return []
    # Bit n of an entry: some of the lengths up to here have the sum n.
    sums = [1]
    for length in lengths:
        sums.append(sums[-1] | sums[-1] << length & (2 << capacity) - 1)
        if sums[-1] >> capacity:
            break
    total, chosen = sums[-1].bit_length() - 1, []
    for index in reversed(range(len(sums) - 1)):
        if not sums[index] >> total & 1:
            chosen.append(index)
            total -= lengths[index]
    return chosen[::-1]

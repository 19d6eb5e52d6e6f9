"""What a search is over: the sweeps of a command as ranges and choices, and the cells that stand for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep

from hackmentor.runtime.errors import UserError


def corners(overrides: Sequence[Override]) -> list[list[str]]:
    """Cells that stand for all of a search, so that it can be checked before it starts.

    The first has the first end, or choice, of every key; each other one has one key at another end or choice.
    """
    keys = [override.get_key_element() for override in overrides]
    values = [_values(override) for override in overrides]
    first = [f"{key}={options[0]}" for key, options in zip(keys, values, strict=True)]
    return [first, *_others(first, keys, values)]


def _others(first: list[str], keys: list[str], values: list[list[str]]) -> Iterator[list[str]]:
    for place, key in enumerate(keys):
        for value in values[place][1:]:
            yield [*first[:place], f"{key}={value}", *first[place + 1 :]]


def _values(override: Override) -> list[str]:
    sweep = override.value()
    if isinstance(sweep, IntervalSweep):
        assert sweep.start is not None
        assert sweep.end is not None
        whole = isinstance(sweep.start, int)
        # Between its ends an interval that should have been int(interval()) has no whole numbers.
        between = [] if whole else [f"{sweep.start + (sweep.end - sweep.start) / math.pi:.6g}"]
        return [str(sweep.start), str(sweep.end), *between]
    if isinstance(sweep, RangeSweep):
        inside = list(override.sweep_string_iterator())
        return [inside[0], inside[-1]]
    if isinstance(sweep, ChoiceSweep):
        return list(override.sweep_string_iterator())
    if override.is_sweep_override():
        raise UserError(f"{override.input_line}: a search knows interval(), range() and choice()")
    return [override.get_value_element_as_str()]


def last_word(overrides: Sequence[Override]) -> list[Override]:
    """One override a key: what is typed counts more than what an experiment says."""
    return list({override.get_key_element(): override for override in overrides}.values())

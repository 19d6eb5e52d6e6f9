"""What a search is over: the sweeps of a command as ranges and choices, and the cells that represent them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep

from hackmentor.runtime.errors import UserError


def list_representative_overrides(overrides: Sequence[Override]) -> list[list[str]]:
    """The overrides of cells that represent the whole search space, so that it can be checked before the search.

    The first cell has the lower bound, or first choice, of every key; each other one has one key at another bound or
    choice.

    Raises:
        UserError: for a sweep other than interval(), range() or choice().
    """
    keys = [override.get_key_element() for override in overrides]
    values = [_list_representative_values(override) for override in overrides]
    first = [f"{key}={options[0]}" for key, options in zip(keys, values, strict=True)]
    return [first, *_vary_one_key(first, keys, values)]


def _vary_one_key(first: list[str], keys: list[str], values: list[list[str]]) -> Iterator[list[str]]:
    for index, key in enumerate(keys):
        for value in values[index][1:]:
            yield [*first[:index], f"{key}={value}", *first[index + 1 :]]


def _list_representative_values(override: Override) -> list[str]:
    sweep = override.value()
    if isinstance(sweep, IntervalSweep):
        assert sweep.start is not None
        assert sweep.end is not None
        is_integer = isinstance(sweep.start, int)
        # A value between the bounds, which is no integer: int(interval()) may have been meant.
        between = [] if is_integer else [f"{sweep.start + (sweep.end - sweep.start) / math.pi:.6g}"]
        return [str(sweep.start), str(sweep.end), *between]
    if isinstance(sweep, RangeSweep):
        values = list(override.sweep_string_iterator())
        return [values[0], values[-1]]
    if isinstance(sweep, ChoiceSweep):
        return list(override.sweep_string_iterator())
    if override.is_sweep_override():
        raise UserError(f"{override.input_line}: a search knows interval(), range() and choice()")
    return [override.get_value_element_as_str()]


def keep_last_overrides(overrides: Sequence[Override]) -> list[Override]:
    """Keeps the last override of each key: the command line comes after the experiment."""
    return list({override.get_key_element(): override for override in overrides}.values())

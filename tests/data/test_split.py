from typing import Any

import pytest

from hackmentor.data.sources import load_source
from hackmentor.data.split import refuse_overlap, split_entries
from hackmentor.errors import UserError


def test_a_sub_technique_goes_with_its_parent() -> None:
    train, held_out = split_entries(load_source("attack").entries, seed=3, eval_fraction=0.2)
    keys = {entry.split_key for entry in train}, {entry.split_key for entry in held_out}
    assert keys[0].isdisjoint(keys[1])
    assert any("." in entry.upstream_id for entry in held_out)
    assert 0.1 < len(held_out) / (len(train) + len(held_out)) < 0.3


def test_order_of_entries_does_not_matter() -> None:
    entries = load_source("cwe").entries
    _, forwards = split_entries(entries, 5, 0.1)
    _, backwards = split_entries(entries[::-1], 5, 0.1)
    assert forwards == backwards[::-1]


def test_overlap_is_refused_with_the_pair(iio: Any) -> None:
    refuse_overlap([iio(1)], [iio(3)])
    with pytest.raises(UserError, match="r1 = r2"):
        refuse_overlap([iio(1)], [iio(2, instruction="Question 1?")])

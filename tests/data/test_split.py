from typing import Any

from hackmentor.data.sources import load_source
from hackmentor.data.split import get_split_key, is_held_out, split_entries


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


def test_a_record_goes_where_the_entry_it_rests_on_goes(iio: Any) -> None:
    known = {"CWE-79": "CWE-79", "0b1c": "sigma:a rule"}
    assert get_split_key(iio(upstream_id="0b1c"), known) == "sigma:a rule"
    assert get_split_key(iio(upstream_id="T1059.001"), known) == "T1059"
    assert get_split_key(iio(upstream_id="mine.jsonl:7"), known) == "mine.jsonl:7"
    assert {is_held_out(f"key {number}", 3, 0.5) for number in range(20)} == {True, False}

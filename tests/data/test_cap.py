from dataclasses import replace
from typing import Any

from hackmentor.data.cap import cap, share


def test_places_are_even_and_never_wasted() -> None:
    assert share(10, {"a": 2, "b": 50, "c": 50}) == {"a": 2, "b": 4, "c": 4}
    assert share(7, {"a": 100, "b": 100, "c": 100}) == {"a": 3, "b": 2, "c": 2}
    assert share(50, {"a": 2, "b": 3}) == {"a": 2, "b": 3}


def test_cap_takes_from_every_task_and_names_the_rest(iio: Any) -> None:
    records = [replace(iio(n), task="big" if n < 90 else "small") for n in range(100)]
    kept, left = cap(records, 20, seed=1)
    assert [record.task for record in kept].count("small") == 10
    assert len(kept) == 20
    assert {record.id for record in kept} | set(left) == {record.id for record in records}
    assert cap(records, 20, seed=2)[0] != kept
    assert cap(records, None, seed=1) == (records, [])

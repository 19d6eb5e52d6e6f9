import numpy as np

from hackmentor.data.balance import allocate_evenly, select_balanced

NAMES = (["one"], ["big", "small"])


def ranks(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(100).astype(np.uint64)


def test_places_are_even_and_never_wasted() -> None:
    assert allocate_evenly(10, {"a": 2, "b": 50, "c": 50}) == {"a": 2, "b": 4, "c": 4}
    assert allocate_evenly(7, {"a": 100, "b": 100, "c": 100}) == {"a": 3, "b": 2, "c": 2}
    assert allocate_evenly(50, {"a": 2, "b": 3}) == {"a": 2, "b": 3}


def test_cap_takes_from_every_task_those_of_the_lowest_ranks() -> None:
    sources, tasks = np.zeros(100, dtype=np.uint32), np.array([0] * 90 + [1] * 10, dtype=np.uint32)
    kept = select_balanced(20, sources, tasks, ranks(1), NAMES)
    assert kept.sum() == 20
    assert kept[90:].all()
    assert ranks(1)[:90][kept[:90]].max() < ranks(1)[:90][~kept[:90]].min()
    assert not (select_balanced(20, sources, tasks, ranks(2), NAMES) == kept).all()
    assert select_balanced(None, sources, tasks, ranks(1), NAMES).all()
    assert select_balanced(100, sources, tasks, ranks(1), NAMES).all()


def test_sources_share_evenly_whatever_their_order() -> None:
    sources = np.array([1] * 60 + [0] * 40, dtype=np.uint32)
    kept = select_balanced(31, sources, np.zeros(100, dtype=np.uint32), ranks(3), (["b", "a"], ["t"]))
    # The one place over goes to the first name, not to the first that came.
    assert (kept[:60].sum(), kept[60:].sum()) == (16, 15)

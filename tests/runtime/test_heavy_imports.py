"""Garbage is collected again after the imports, and without what they left."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from hackmentor.runtime.heavy_imports import gc_paused_for_imports


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_no_collection_inside_and_nothing_of_it_in_those_after() -> None:
    gc.unfreeze()
    with gc_paused_for_imports():
        assert not gc.isenabled()
        left = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() > len(left)


def test_also_after_an_import_that_failed() -> None:
    with pytest.raises(ImportError), gc_paused_for_imports():
        import hackmentor.nothing_of_that_name  # noqa: F401
    assert gc.isenabled()


def test_who_collects_nothing_goes_on_so() -> None:
    gc.disable()
    with gc_paused_for_imports():
        pass
    assert not gc.isenabled()

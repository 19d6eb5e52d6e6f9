"""The fault trial in its short form: one grid of 13 cells, a dozen faults. benchmarks/faults.py is the long one."""

from __future__ import annotations

from pathlib import Path

from benchmarks.faults import trial, words
from tests.grid.forking import Forking


def test_a_grid_under_fire_ends_like_an_undisturbed_one(
    forking_server: Forking, tmp_path: Path, tiny_llama: Path, fixed_data: Path
) -> None:
    found = trial(forking_server, tmp_path, words(tiny_llama, fixed_data, steps=5), most=14)
    log = (tmp_path / "shaken" / "said.txt").read_text()
    assert found["exit_codes"] == {"undisturbed": 0, "with the obstacles": 1, "at the end": 0}, log
    assert found["done"] == found["alike"] == found["cells"] == 13, log
    assert found["trained_twice"] == []
    assert found["orphans"] == 0
    assert sum(found["faults"].values()) >= 10, found

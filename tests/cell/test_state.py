"""The state of a cell is what its processes recorded, whatever its log says; older folders have only their log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import RecordedState, read_cell_state, record_state
from hackmentor.runtime.lock import lock_held

FAILED_LOG = "[2026-01-01 00:00:00,000][hackmentor][ERROR] - the cell failed\nValueError: no luck\n"
OTHER_FORMAT = "12:00 ERROR stopped by nobody: a formatter of one's own\n"


@pytest.fixture
def folder(tmp_path: Path) -> CellFolder:
    folder = CellFolder(tmp_path / "cell")
    folder.path.mkdir()
    return folder


@pytest.mark.parametrize("state", ["stopped", "failed", "cut off"])
@pytest.mark.parametrize("log", ["", FAILED_LOG, OTHER_FORMAT])
def test_what_is_recorded_counts_and_not_the_log(folder: CellFolder, state: RecordedState, log: str) -> None:
    folder.log.write_text(log)
    record_state(folder, state, "ValueError:\n  no luck")
    found = read_cell_state(folder)
    assert (found.state, found.reason) == (state, "ValueError: no luck")
    recorded = json.loads(folder.state.read_text())
    assert recorded.keys() == {"state", "reason", "at"}


def test_a_process_that_ended_without_a_word_is_cut_off(folder: CellFolder) -> None:
    folder.log.write_text(FAILED_LOG)  # of the attempt before
    record_state(folder, "running")
    with lock_held(folder.lock):
        assert read_cell_state(folder).state == "running"
    assert read_cell_state(folder).state == "cut off"


def test_done_is_what_done_json_says(folder: CellFolder) -> None:
    record_state(folder, "done")
    assert read_cell_state(folder).state == "cut off"
    folder.done.write_text("{}")
    record_state(folder, "failed", "of an earlier attempt")
    assert read_cell_state(folder).state == "done"


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"state": "unknown"}', '{"state": []}'])
def test_without_a_record_the_log_is_read(folder: CellFolder, content: str | None) -> None:
    folder.log.write_text(FAILED_LOG)
    if content is not None:
        folder.state.write_text(content)
    found = read_cell_state(folder)
    assert (found.state, found.reason) == ("failed", "ValueError: no luck")


def test_a_disk_that_is_full_ends_nothing(folder: CellFolder) -> None:
    folder.state.mkdir()  # a file can't be put there
    record_state(folder, "failed", "no luck")

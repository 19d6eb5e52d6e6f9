"""Files that no parser likes: each is a sentence with the line, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.records.read.rows import iter_rows
from hackmentor.runtime.errors import UserError

GOOD = '{"instruction": "a", "output": "b"}'
DEEP, LONG, HALF = "[" * 100_000, "1" * 5000, '{"instruction": "\\ud83d", "output": "b"}'
CASES = [(DEEP, "nested too deeply"), (LONG, "not usable JSON"), (HALF, "not valid Unicode")]


@pytest.mark.parametrize(("bad", "reason"), CASES)
def test_a_hostile_line_is_one_faulty_row(bad: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{GOOD}\n{bad}\n{GOOD}\n")
    found = list(iter_rows(path))
    assert [row.line for row in found] == [1, 2, 3]
    assert [reason in row.fault for row in found] == [False, True, False]


@pytest.mark.parametrize(("bad", "reason"), CASES[:2])
def test_in_an_array_it_is_refused_by_line(bad: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(f"[{GOOD},\n{bad}]")
    with pytest.raises(UserError, match=f"line 2: {reason}"):
        list(iter_rows(path))


def test_in_a_wrapped_list_too(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(f'{{"data": [{DEEP}]}}')
    with pytest.raises(UserError, match="nested too deeply"):
        list(iter_rows(path))


def test_a_whole_surrogate_pair_is_a_character(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"instruction": "\\ud83d\\ude00", "output": "b"}\n')
    (row,) = iter_rows(path)
    assert not row.fault

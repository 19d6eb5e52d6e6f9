"""A pickle is read, and nothing in it is run."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from hackmentor.exams.plain_pickle import MAX_BYTES, read_text_lists
from hackmentor.runtime.errors import UserError

TABLE = {"a": ["b", "c"], "d": ["e"], "f": [], "g": ["b"]}


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch ran",)


@pytest.mark.parametrize("protocol", range(1, pickle.HIGHEST_PROTOCOL + 1))
def test_tables_of_any_protocol(protocol: int, tmp_path: Path) -> None:
    file = tmp_path / "t.pickle"
    file.write_bytes(pickle.dumps(TABLE, protocol))
    assert read_text_lists(file) == TABLE


BAD = {
    "code": pickle.dumps({"a": [Harmful()]}),
    "another shape": pickle.dumps(["a"]),
    "numbers": pickle.dumps({"a": [1]}),
    "cut": pickle.dumps(TABLE)[:-4],
    "empty": b"",
    "text": b"hello",
    "no dictionary below": b"\x80\x04]\x8c\x01a\x8c\x01bs.",
    "an unknown memo": b"\x80\x04h\x05.",
    "nothing on the stack": b"\x80\x04.",
    "too large": pickle.dumps({"a": ["b" * MAX_BYTES]}),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_anything_else_is_refused(content: bytes, workplace: Path) -> None:
    file = workplace / "t.pickle"
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"t\.pickle"):
        read_text_lists(file)
    assert not (workplace / "ran").exists()

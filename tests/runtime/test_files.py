"""Files and folders that are replaced whole, or stay."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import folder_replaced, full_disk_reported, write_text


def test_a_folder_stays_until_the_new_one_is_full(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    with folder_replaced(folder) as new:
        (new / "a").write_text("1")
        assert not folder.exists()
    with pytest.raises(RuntimeError), folder_replaced(folder) as new:  # noqa: PT012
        (new / "b").write_text("2")
        raise RuntimeError
    assert [file.name for file in tmp_path.rglob("*")] == ["adapter", "a"]
    with folder_replaced(folder) as new:
        (new / "c").write_text("3")
    assert [file.name for file in tmp_path.rglob("*")] == ["adapter", "c"]


def test_a_text_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "a.json", "\ud800")
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text() == "old"


def test_a_full_disk_is_recognised_in_the_errors_of_libraries() -> None:
    with pytest.raises(UserError, match=r"^the card could not be written: No space left on device\. The old one stays"):  # noqa: PT012, SIM117
        with full_disk_reported("the card", "The old one stays"):
            try:
                raise OSError(errno.ENOSPC, "No space left on device")
            except OSError as error:
                raise RuntimeError("the writer failed") from error
    with pytest.raises(UserError), full_disk_reported("x", "y"):
        raise RuntimeError("IoError(Os { code: 28, message: No space left on device })")
    with pytest.raises(PermissionError), full_disk_reported("x", "y"):
        raise PermissionError(errno.EACCES, "denied")

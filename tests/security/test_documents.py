"""Documents, records, exams and answers from a stranger: odd files and texts are counted, or refused in a sentence."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.path_formats import load_path_catalogue
from hackmentor.exams.tasks import find_exams
from hackmentor.records.read.data_file import MIN_UNPACKED_BYTES, read_data_bytes
from hackmentor.records.read.rows import iter_rows
from hackmentor.runtime.errors import UserError

Said = pytest.CaptureFixture[str]
PAGE = "Everyone may read this page, which is about patching the server before the week is over, and about users. " * 3


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A gzip file of one line that is longer than a file of its size may be."""
    return gzip.compress(b'{"a":"' + b" " * (MIN_UNPACKED_BYTES + 1))


# What unpacks without end


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json.gz", "a.csv.gz", "a.tsv.gz"])
def test_what_unpacks_without_end_is_refused(name: str, bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(bomb)
    with pytest.raises(UserError, match=r"unpacks into more than 100,000,000 bytes"):
        list(iter_rows(tmp_path / name))


def test_a_document_that_unpacks_without_end_is_counted(bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.md.gz").write_bytes(bomb)
    (tmp_path / "b.md.gz").write_bytes(gzip.compress(PAGE.encode()))
    catalogue = load_documents(tmp_path)
    assert len(catalogue.entries) == 1
    assert catalogue.left_out == {"file that may not be read": ["a.md.gz"]}


def test_what_is_packed_well_is_read_whole(tmp_path: Path) -> None:
    content = b"".join(b'{"instruction": "What is rule %d?"}\n' % number for number in range(100_000))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(content))
    assert read_data_bytes(tmp_path / "a.jsonl.gz") == content
    assert sum(1 for _ in iter_rows(tmp_path / "a.jsonl.gz")) == 100_000


# Pipes, devices, links


def test_a_pipe_among_documents_is_counted(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "zero.md").symlink_to("/dev/zero")
    assert load_documents(tmp_path).left_out == {
        "pipe or device": ["pipe.md"],
        "link to a file outside the folder": ["zero.md"],
    }


@pytest.mark.parametrize("name", ["private.json", "zero.csv", "readme.md"])
def test_a_link_among_public_files_is_counted(name: str, tmp_path: Path) -> None:
    source = tmp_path / "kev"
    source.mkdir()
    row = {"cveID": "CVE-2024-0001", "shortDescription": PAGE}
    (source / "kev.json").write_text(json.dumps({"vulnerabilities": [row]}))
    (tmp_path / "private.json").write_text("{}")
    (source / name).symlink_to("/dev/zero" if name == "zero.csv" else tmp_path / "private.json")
    catalogue = load_path_catalogue(source)
    assert catalogue is not None
    assert catalogue.left_out == {"link to a file outside the folder": [name]}


@pytest.mark.parametrize("place", ["/dev/zero", "{}/pipe", "/dev/null"])
def test_a_pipe_or_a_device_is_no_exam(place: str, workplace: Path, capsys: Said) -> None:
    os.mkfifo(workplace / "pipe")
    exam = "mcq:" + place.format(workplace)
    with pytest.raises(UserError, match="a pipe or a device"):
        find_exams(exam, "data.keep_out")
    assert main(["data", "data=iio", "data.sources=[seeds]", f"data.keep_out=[{exam}]"]) == 2
    assert "a pipe or a device" in capsys.readouterr().err


# Depth, digits


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.md", "**" * 3_000 + "a" + "**" * 3_000),
        ("deep.rst", "".join(" " * 2 * level + "- a\n\n" for level in range(400))),
        ("quoted.rst", "".join(" " * level + "a\n\n" for level in range(900))),
    ],
)
def test_a_document_that_nests_deeply_is_counted(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(PAGE)
    (tmp_path / name).write_text(text)
    assert load_documents(tmp_path).left_out == {"nested too deeply": [name]}


@pytest.mark.parametrize("field", ["id", "gold", "row"])
def test_a_number_of_thousands_of_digits_is_no_item(field: str, workplace: Path, capsys: Said) -> None:
    question = {"question": "What is it?", "A": "a", "B": "b", "C": "c", "D": "d", "answer": "A"}
    (workplace / "exam.jsonl").write_text(json.dumps(question) + "\n")
    (workplace / "answers.jsonl").write_text(json.dumps({field: "9" * 6000, "response": "A"}) + "\n")
    code = main(["mark", "exam=mcq:exam.jsonl", "responses=answers.jsonl", "output=marks.json"])
    # By its place, where the number is no item's; a key of another number belongs to other questions.
    assert code == (2 if field == "gold" else 0)
    assert "Traceback" not in capsys.readouterr().err

"""Long texts from a stranger: reading, cleaning and splitting them takes as long as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import split_sentences
from hackmentor.data.refine.mask import mask_text
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.passages import Passage
from hackmentor.records.read.rows import iter_rows
from hackmentor.runtime.errors import UserError

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
LONG_TEXTS = {
    "spaces": "a" + " " * 300_000, "tabs": "\t" * 300_000, "lines": "\n" * 300_000, "code": "<code>" * 100_000,
    "code and spaces": "<code>" + " " * 100_000, "citations": "(Citation:" * 100_000 + ")\n\n",
    "references": "[REF-" * 200_000,
    "pointers": "See [REF-\n" * 100_000, "abbreviations": "e.g. A " * 100_000, "number": "&#" + "9" * 5_000 + ";",
    "hidden number": "&amp;#" + "9" * 5_000,
}  # fmt: skip


@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS)
def test_a_text_is_cleaned_in_the_time_it_takes_to_read_it(text: str) -> None:
    assert clean_text(f"He said so. {text} It ends.").endswith("It ends.")
    assert split_sentences(f"{text} It ends.")


def test_keys_and_columns_are_counted_once(tmp_path: Path) -> None:
    keys = ", ".join(f'"k{n}": 1' for n in range(200_000))
    (tmp_path / "a.jsonl").write_text(f'{{{keys}, "k0": 2}}\n')
    assert [row.fault for row in iter_rows(tmp_path / "a.jsonl")] == ["key 'k0' is given twice in one object"]
    (tmp_path / "a.csv").write_text(",".join(f"c{n}" for n in range(200_000)) + ",c0\n1\n")
    with pytest.raises(UserError, match="the column 'c0' is given twice"):
        list(iter_rows(tmp_path / "a.csv"))


def test_a_title_is_read_with_bounds(tmp_path: Path) -> None:
    fronts = ["title: " + "[" * 100_000, BOMB + "title: *a9", "title: !!timestamp q", "title: T"]
    for number, front in enumerate(fronts):
        said = f"Everyone may read page {number}, which is about patching server {number} before the week is over. " * 8
        (tmp_path / f"page{number}.md").write_text(f"---\n{front}\n---\n\n# Page\n\n{said}")
    assert [entry.title for entry in load_documents(tmp_path).entries if isinstance(entry, Passage)] == [
        "Page",
        "Page",
        "Page",
        "T",
    ]


# Patterns of secrets


@pytest.mark.parametrize("text", ["a." * 150_000, "a-" * 150_000, "eyJ-" * 60_000, "1." * 150_000])
def test_secrets_are_searched_in_the_time_it_takes_to_read(text: str) -> None:
    masked, kinds = mask_text(f"{text} ask jane.doe@corp.org")
    assert kinds == ["e-mail address"]
    assert masked.endswith("ask [e-mail address]")

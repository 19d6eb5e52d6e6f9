"""Small cases of the parsers of documents."""

from pathlib import Path

import pytest

from hackmentor.data.sources.blocks import ParsedDocument, UnreadableError, fence_code
from hackmentor.data.sources.markdown import read_markdown
from hackmentor.data.sources.pdf import read_pdf
from hackmentor.data.sources.plain_text import read_plain
from hackmentor.data.sources.restructured import read_restructured
from hackmentor.data.sources.running_heads import find_running_heads
from tests.data.sources.corpus import write_pdf


def kinds(parsed: ParsedDocument) -> list[str]:
    return [block.kind for block in parsed.blocks]


def test_markdown_inline_marks_go_and_code_stays() -> None:
    parsed = read_markdown("Read **the** [guide](http://x.y) on `a  b`,\nthen ![logo](l.png)*stop*.\n")
    assert [block.text for block in parsed.blocks] == ["Read the guide on `a b`, then stop."]


def test_markdown_nested_items_and_code_in_items() -> None:
    (block,) = read_markdown("1. First\n   - inner\n2. Run:\n\n   ```sh\n   ls\n   ```\n").blocks
    assert block.items == ("First\n- inner", "Run:\n```sh\nls\n```")
    assert block.rendered == "1. First\n   - inner\n2. Run:\n   ```sh\n   ls\n   ```"


def test_markdown_title_from_front_matter_and_html_is_counted_by_line() -> None:
    parsed = read_markdown('---\ntitle: "The Title"\n---\n# One\n\n<div>x</div>\n\n# Two\n\ntext\n')
    assert parsed.title == "The Title"
    assert parsed.skipped == {"HTML block in Markdown": ["line 6"]}
    assert kinds(parsed) == ["heading", "heading", "paragraph"]
    assert read_markdown("---\n: : [\n---\n# Only\n\ntext\n").title == "Only"


def test_a_fence_is_longer_than_those_inside() -> None:
    assert fence_code("```\nx\n```", "md") == "````md\n```\nx\n```\n````"


def test_restructured_text_roles_directives_and_inclusion(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    text = (
        "Title\n=====\n\n.. contents::\n\nSee :ref:`the rules <rules>` and ``x = 1``.\n\n"
        f".. include:: {secret}\n\n.. code-block:: python\n\n   print(1)\n\n.. unheard-of:: y\n\n#. one\n#. two\n"
    )
    parsed = read_restructured(text)
    assert parsed.title == "Title"
    assert kinds(parsed) == ["paragraph", "code", "list"]
    assert parsed.blocks[0].text == "See `the rules` and `x = 1`."
    assert (parsed.blocks[1].language, parsed.blocks[1].text) == ("python", "print(1)")
    assert parsed.blocks[2].ordered
    assert "secret" not in "".join(block.rendered for block in parsed.blocks)
    assert "reStructuredText that docutils does not know" in parsed.skipped


def test_plain_text_numbers_of_a_list_are_no_headings() -> None:
    parsed = read_plain("Do this:\n\n1. Call the desk\n\n2. Write a ticket\n\n3. Wait\n")
    assert kinds(parsed) == ["paragraph", "list"]
    assert parsed.blocks[1].items == ("Call the desk", "Write a ticket", "Wait")


def test_plain_text_drawings_and_code_stay_as_they_are() -> None:
    table = "Port   Use\n----   ---\n22     shell\n443    web"
    parsed = read_plain(f"Some words.\n\n{table}\n\nMore words.\n")
    assert kinds(parsed) == ["paragraph", "code", "paragraph"]
    assert parsed.blocks[1].text == table


def test_plain_text_sentences_are_no_headings() -> None:
    parsed = read_plain("THIS IS SHOUTED.\n\n3 Men were seen, and they left again.\n\nNormal text here\n")
    assert kinds(parsed) == ["paragraph"] * 3


def test_running_heads_are_found_and_section_numbers_spared() -> None:
    pages = [
        [f"Manual of X {n}", f"{n} Title{'abc'[n - 1]}", f"text {'xyz'[n - 1]}", "more", "end", f"- {n} -"]
        for n in (1, 2, 3)
    ]
    assert find_running_heads(pages) == {(n, at) for n in range(3) for at in (0, 3, 4, 5)}
    assert find_running_heads(pages[:1]) == set()


def test_pdfs_that_give_no_text_say_why(tmp_path: Path) -> None:
    locked = write_pdf(tmp_path / "locked.pdf", password="x").read_bytes()
    scanned = write_pdf(tmp_path / "scanned.pdf", pages=[[]]).read_bytes()
    for content, reason in ((locked, "encrypted"), (scanned, "without text"), (b"%PDF-1.4", "cannot be read")):
        with pytest.raises(UnreadableError, match=reason):
            read_pdf(content)


def test_a_pdf_keeps_hyphens_that_it_writes_elsewhere(tmp_path: Path) -> None:
    lines = [(11, "This is a well-"), (11, "known thing, and a well-known thing is old, so that nobody asks about se-"),
             (11, "crets any more.")]  # fmt: skip
    parsed = read_pdf(write_pdf(tmp_path / "a.pdf", pages=[lines]).read_bytes())
    text = " ".join(block.text for block in parsed.blocks)
    assert "a well-known thing, and a well-known thing is old, so that nobody asks about secrets any more." in text

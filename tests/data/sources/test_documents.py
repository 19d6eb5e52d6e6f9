import shutil
from pathlib import Path

import pytest

from hackmentor.data.sources.catalogue import Catalogue
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.passages import Passage
from hackmentor.runtime.errors import UserError
from tests.data.sources.corpus import HANDBOOK


@pytest.fixture(scope="module")
def passages(documents: Catalogue) -> dict[str, Passage]:
    return {entry.upstream_id: entry for entry in documents.entries if isinstance(entry, Passage)}


def test_every_kind_of_document_gives_passages(passages: dict[str, Passage]) -> None:
    assert {passage.document for passage in passages.values()} == {
        "handbook.md", "manual.pdf", "policies/remote_access.txt", "rows.jsonl:2"
    }  # fmt: skip
    titles = {passage.document: passage.title for passage in passages.values()}
    assert titles["handbook.md"] == "Incident Response Handbook"
    assert titles["policies/remote_access.txt"] == "Remote Access Policy"
    assert titles["manual.pdf"] == "Operations Manual"
    assert titles["rows.jsonl:2"] == "Visitors"


def test_what_cannot_be_read_is_counted_by_reason(documents: Catalogue) -> None:
    left_out = {reason: list(names) for reason, names in documents.left_out.items() if "--" not in names[0]}
    assert left_out == {
        "PDF that cannot be read": ["broken.pdf"],
        "empty file": ["empty.md"],
        "not UTF-8 text": ["latin.txt"],
        "encrypted PDF: save it without a password": ["locked.pdf"],
        "not a kind of document that can be read": ["logo.png"],
        "PDF without text (scanned pages?): run text recognition on it first": ["scan.pdf"],
        "JSON that is no STIX bundle": ["settings.json"],
        "row without text of its own": ["rows.jsonl:1", "rows.jsonl:3"],
        "passage of fewer than 25 words": ["handbook.md#contact"],
    }


def test_the_origin_tells_files_licence_and_version(documents: Catalogue, corpus: Path, tmp_path: Path) -> None:
    origin = documents.origin
    assert (origin.name, origin.package, origin.licence) == ("documents:corpus", "", "internal")
    assert "handbook.md" in origin.notice
    assert "logo.png" not in origin.notice
    copy = shutil.copytree(corpus, tmp_path / "corpus")
    assert load_documents(copy, licence="internal") == documents
    (copy / "handbook.md").write_text(HANDBOOK + "\nOne more word.\n", encoding="utf-8")
    assert load_documents(copy).origin.upstream_version != origin.upstream_version


def test_the_licence_is_unstated_unless_stated(corpus: Path) -> None:
    one = load_documents(corpus / "handbook.md")
    assert one.origin.licence == "unstated"
    assert one.origin.name == "documents:handbook.md"
    assert {entry.upstream_id.partition("#")[0] for entry in one.entries} == {"handbook.md"}


def test_nothing_readable_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere: no such file"):
        load_documents(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"holds no documents\. Readable are \.md,"):
        load_documents(tmp_path)
    (tmp_path / "picture.png").write_bytes(b"x")
    with pytest.raises(UserError, match=r"not a kind of document that can be read \(1\)"):
        load_documents(tmp_path)


def test_pdf_pages_lose_their_running_heads_and_hyphens(passages: dict[str, Passage]) -> None:
    manual = [passage for passage in passages.values() if passage.document == "manual.pdf"]
    assert [passage.name for passage in manual] == ["1 Backups", "2 Keys and passwords", "3 Patching"]
    assert manual[0].text == (
        "Backups protect the company against loss of data and against extortion. Each system that holds business data "
        "must be backed up every night, and one copy is kept offline.\n\nA restore test takes place every quarter. The "
        "tester writes down how long the restore took and what was missing."
    )
    assert not [passage.text for passage in manual if "Nordwind" in passage.text or "Page" in passage.text]


def test_plain_text_has_headings_lists_and_no_false_hyphens(passages: dict[str, Passage]) -> None:
    notes = [passage for passage in passages.values() if passage.document.startswith("policies/")]
    assert [passage.name for passage in notes] == ["1. Purpose", "2. Authentication", "3. Logging"]
    assert "a well-known target" in notes[0].text
    assert notes[2].blocks[-1].items[1] == "more than ten failed attempts within an hour,"
    assert notes[2].blocks[0].is_lead_in


def test_markdown_keeps_lists_tables_code_and_the_heading_path(passages: dict[str, Passage]) -> None:
    isolating = passages["handbook.md#isolating-a-host"]
    assert isolating.headings == ("Containment", "Isolating a host")
    assert isolating.split_key == passages["handbook.md#containment"].split_key
    assert isolating.split_key != passages["handbook.md#evidence"].split_key
    assert isolating.blocks[1].ordered
    assert len(isolating.blocks[1].items) == 4
    assert passages["handbook.md#blocking-an-address"].blocks[-1].language == "bash"
    assert "| 2 | several users or internal data at risk | four hours |" in passages["handbook.md#severity-levels"].text
    assert isolating.following is not None
    assert isolating.following.id == "handbook.md#blocking-an-address"

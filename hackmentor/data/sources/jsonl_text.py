"""Reads rows of plain text: `"…"`, or an object with `text` and optionally `title`; and lines of STIX objects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.data.sources.blocks import ParsedDocument, UnreadableError
from hackmentor.data.sources.plain_text import read_plain
from hackmentor.data.sources.stix import extract_objects
from hackmentor.records.read.rendered_chat import parse_rendered_chat
from hackmentor.records.read.repair import RejectedError
from hackmentor.records.read.rows import iter_rows
from hackmentor.runtime.errors import UserError

NO_TEXT = "row without text of its own"
UNREADABLE_ROWS = "rows that cannot be read"
RENDERED = "rendered chat among documents: put it into a file of its own"


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row: a document, STIX objects, or neither, and then a fault. `location` is its number."""

    location: str
    document: ParsedDocument | None = None
    stix: Sequence[object] = ()
    fault: str = ""


def read_text_rows(path: Path) -> Iterator[TextRow]:
    """Each row of a file.

    Raises UnreadableError where the file cannot be read.
    """
    try:
        for row in iter_rows(path):
            yield _parse_row(str(row.number), row.content)
    except UserError as error:
        raise UnreadableError("not UTF-8 text" if "not UTF-8 text" in str(error) else UNREADABLE_ROWS) from error


def _parse_row(location: str, content: object) -> TextRow:
    objects = extract_objects(content if isinstance(content, dict) and "objects" in content else [content])
    if objects is not None:
        return TextRow(location, stix=objects)
    fields = {"text": content} if isinstance(content, str) else content
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str) or not fields["text"].strip():
        return TextRow(location, fault=NO_TEXT)
    if is_rendered(fields["text"]):
        return TextRow(location, fault=RENDERED)
    parsed = read_plain(fields["text"])
    title = fields.get("title")
    return TextRow(
        location, ParsedDocument(title if isinstance(title, str) else parsed.title, parsed.blocks, parsed.skipped)
    )


def is_rendered(text: str) -> bool:
    """Whether a text is a rendered chat, sound or not."""
    try:
        return parse_rendered_chat(text) is not None
    except RejectedError:
        return True

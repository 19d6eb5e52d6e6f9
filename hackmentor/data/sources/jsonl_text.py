"""Reads JSON lines of plain text: `"…"`, or an object with `text` and optionally `title`."""

from collections.abc import Iterator
from pathlib import Path

from hackmentor.data.sources.blocks import ParsedDocument, UnreadableError
from hackmentor.data.sources.plain_text import read_plain
from hackmentor.records.read.rows import iter_rows
from hackmentor.runtime.errors import UserError

NO_TEXT = "row without text of its own"


def read_text_rows(path: Path) -> Iterator[tuple[str, ParsedDocument | None]]:
    """The line number and the document of each row; None if a row has no text.

    Raises UnreadableError where the file is no UTF-8.
    """
    try:
        for row in iter_rows(path):
            yield str(row.number), _parse_row(row.content)
    except UserError as error:
        raise UnreadableError("not UTF-8 text") from error


def _parse_row(content: object) -> ParsedDocument | None:
    fields = {"text": content} if isinstance(content, str) else content
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str) or not fields["text"].strip():
        return None
    parsed = read_plain(fields["text"])
    title = fields.get("title")
    return ParsedDocument(title if isinstance(title, str) else parsed.title, parsed.blocks, parsed.skipped)

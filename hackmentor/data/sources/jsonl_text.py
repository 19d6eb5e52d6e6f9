"""JSON lines that hold nothing but text: `"…"`, or an object with `text` and perhaps `title`."""

from collections.abc import Iterator
from pathlib import Path

from hackmentor.data.sources.blocks import Parsed, UnreadableError
from hackmentor.data.sources.plain_text import read_plain
from hackmentor.records.read.rows import rows
from hackmentor.runtime.errors import UserError

NO_TEXT = "row without text of its own"


def read_rows(path: Path) -> Iterator[tuple[str, Parsed | None]]:
    """The place (its line) and the document of each row; None where a row is no text.

    Raises UnreadableError where the file is no UTF-8.
    """
    try:
        for row in rows(path):
            yield str(row.number), _parsed(row.content)
    except UserError as error:
        raise UnreadableError("not UTF-8 text") from error


def _parsed(content: object) -> Parsed | None:
    fields = {"text": content} if isinstance(content, str) else content
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str) or not fields["text"].strip():
        return None
    parsed = read_plain(fields["text"])
    title = fields.get("title")
    return Parsed(title if isinstance(title, str) else parsed.title, parsed.blocks, parsed.skipped)

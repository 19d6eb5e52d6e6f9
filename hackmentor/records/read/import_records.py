"""Imports training data in the shapes that other projects write, and reports every repaired, rejected or unread item.

Shapes: `{"instruction", "instances": [{"input", "output"}]}`; flat Alpaca `{"instruction", "input", "output"}`, with
`system` and `history`; a question and an answer under other names (prompt and completion, question and answer or
response, chosen); ShareGPT `{"conversations": [{"from", "value"}]}`; a list of `{"user": …}` / `{"assistant": …}`
objects (also `bot`, also both in one object, bare or under a key); OpenAI `{"messages": [{"role", "content"}]}`; a
`text` that holds a rendered dialogue; and our own records, which keep their id and origin.
"""

from collections.abc import Iterator
from pathlib import Path

from hackmentor.records.read.import_result import FileOrigin, ImportResult
from hackmentor.records.read.item_records import iter_item_records
from hackmentor.records.read.repair import RejectedError
from hackmentor.records.read.rows import iter_rows
from hackmentor.records.record import Record
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import compute_file_sha256

BAD_ITEM = "bad item"


def import_records(path: Path, *, source: str, licence: str, skip_bad: bool = False) -> ImportResult:
    """Every record of a file in any of the shapes above; see `iter_imported_records`."""
    result = ImportResult()
    result.records.extend(
        iter_imported_records(
            path, source=source, licence=licence, result=result, skip_bad=skip_bad, file_name=path.name
        )
    )
    return result


def iter_imported_records(
    path: Path, *, source: str, licence: str, result: ImportResult, skip_bad: bool, file_name: str
) -> Iterator[Record]:
    """The records of a file one by one; what was repaired or rejected is added to `result`.

    An item that is no JSON or has none of the shapes raises UserError that names file, line (or item) and reason; with
    `skip_bad` it is counted as rejected instead. Conversations that the rules of `repair_turns` cannot repair are
    always counted, never raised. `source` and `licence` go into each record, and `file_name` into its id.
    """
    origin = FileOrigin(file_name, compute_file_sha256(path)[:16] if path.is_file() else "", source, licence)
    for row in iter_rows(path):
        result.item = row.content
        try:
            yield from iter_item_records(row, origin, result)
        except RejectedError as error:
            result.rejected.setdefault(str(error), []).append(origin.format_location(row))
        except (ValueError, TypeError, KeyError) as error:
            reason = f"field {error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            if not skip_bad:
                raise UserError(f"{path}, {row.location}: {reason}") from error
            result.rejected.setdefault(BAD_ITEM, []).append(f"{origin.format_location(row)}: {reason}")

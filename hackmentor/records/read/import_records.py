"""Imports training data in the shapes that other projects write, and reports every repaired or rejected item.

Shapes: `{"instruction", "instances": [{"input", "output"}]}`; flat Alpaca `{"instruction", "input", "output"}`;
ShareGPT `{"conversations": [{"from", "value"}]}`; a list of `{"user": …}` / `{"assistant": …}` objects (also `bot`,
also both in one object, bare or under a key); OpenAI `{"messages": [{"role", "content"}]}`; and our own records, which
keep their id and origin.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hackmentor.records.read.repair import RejectedError, repair_turns
from hackmentor.records.read.rows import Row, iter_rows
from hackmentor.records.read.shapes import (
    Turns,
    get_text_field,
    parse_conversation,
    parse_role_keyed_turns,
    require_object,
)
from hackmentor.records.record import Message, Record, Shape, parse_record
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import compute_file_sha256

NO_INPUT_PLACEHOLDERS = {"<noinput>", "noinput", "no input", "n/a"}
NO_INPUT_REPAIR = "placeholder for no input removed"
BAD_ITEM = "bad item"


@dataclass(slots=True)
class ImportResult:
    """The records of one file, and by rule or reason the locations (`file:number`) of repaired and rejected items."""

    records: list[Record] = field(default_factory=list)
    repaired: dict[str, list[str]] = field(default_factory=dict)
    rejected: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _FileOrigin:
    file: str
    version: str
    source: str
    licence: str

    def format_location(self, row: Row, part: int | None = None) -> str:
        return f"{self.file}:{row.number}" + ("" if part is None else f"#{part}")


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
    origin = _FileOrigin(file_name, compute_file_sha256(path)[:16] if path.is_file() else "", source, licence)
    for row in iter_rows(path):
        try:
            yield from _read(row, origin, result)
        except RejectedError as error:
            result.rejected.setdefault(str(error), []).append(origin.format_location(row))
        except (ValueError, TypeError, KeyError) as error:
            reason = f"field {error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            if not skip_bad:
                raise UserError(f"{path}, {row.location}: {reason}") from error
            result.rejected.setdefault(BAD_ITEM, []).append(f"{origin.format_location(row)}: {reason}")


def _read(row: Row, origin: _FileOrigin, result: ImportResult) -> Iterator[Record]:
    if row.fault:
        raise ValueError(row.fault)
    item = row.content
    if isinstance(item, list):
        yield _build_turn_record(parse_role_keyed_turns(item), "objects", row, origin, result, {})
    elif not isinstance(item, dict):
        raise TypeError(f"expected an object or a list, not {type(item).__name__}")
    elif "sha256" in item and "shape" in item:
        yield parse_record(item)
    elif "instruction" in item:
        yield from _build_iio_records(item, row, origin, result)
    else:
        shape_name, turns = parse_conversation(item)
        yield _build_turn_record(turns, shape_name, row, origin, result, item)


def _build_turn_record(
    turns: Turns, shape_name: str, row: Row, origin: _FileOrigin, result: ImportResult, item: Mapping[str, Any]
) -> Record:
    repaired = repair_turns(turns)
    for rule in repaired.repairs:
        result.repaired.setdefault(rule, []).append(origin.format_location(row))
    return _build_record(origin, row, shape_name, "turn", item, messages=repaired.messages)


def _build_iio_records(
    item: Mapping[str, Any], row: Row, origin: _FileOrigin, result: ImportResult
) -> Iterator[Record]:
    instruction = get_text_field(item, "instruction").strip()
    nested = item.get("instances")
    shape_name = "alpaca" if nested is None else "nested"
    if nested is not None and not isinstance(nested, (list, tuple)):
        raise TypeError("field 'instances' must be a list")
    for part, (input_text, answer) in enumerate(_iter_instances(item if nested is None else nested), start=1):
        location = origin.format_location(row, None if nested is None else part)
        if not instruction or not answer.strip():
            reason = "empty instruction" if not instruction else "empty output"
            result.rejected.setdefault(reason, []).append(location)
            continue
        if input_text.strip().lower() in NO_INPUT_PLACEHOLDERS:
            result.repaired.setdefault(NO_INPUT_REPAIR, []).append(location)
            input_text = ""
        texts = {"instruction": instruction, "input": input_text.strip(), "output": answer.strip()}
        suffix = "" if nested is None else f"#{part}"
        yield _build_record(origin, row, shape_name, "iio", item, suffix=suffix, texts=texts)
    if nested is not None and not nested:
        raise RejectedError("no instances")


def _iter_instances(value: Mapping[str, Any] | Sequence[Any]) -> Iterator[tuple[str, str]]:
    for instance in [value] if isinstance(value, Mapping) else value:
        part = require_object(instance)
        input_text = part.get("input")
        yield ("" if input_text is None else get_text_field(part, "input")), get_text_field(part, "output")


def _build_record(
    origin: _FileOrigin,
    row: Row,
    shape_name: str,
    shape: Shape,
    item: Mapping[str, Any],
    *,
    messages: tuple[Message, ...] = (),
    suffix: str = "",
    texts: Mapping[str, str] | None = None,
) -> Record:
    upstream = str(item.get("id") or origin.format_location(row))
    return Record(
        id=f"{origin.source}/{origin.format_location(row)}{suffix}",
        shape=shape,
        source=origin.source,
        upstream_id=upstream,
        upstream_version=origin.version,
        licence=origin.licence,
        made_by=f"reader:{shape_name}",
        task=str(item.get("category") or item.get("task") or "imported"),
        messages=messages,
        **dict(texts or {}),
    )

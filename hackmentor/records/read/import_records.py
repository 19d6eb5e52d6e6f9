"""Reads training data in the shapes that other projects write, and says what became of every item.

Shapes: `{"instruction", "instances": [{"input", "output"}]}`; flat Alpaca `{"instruction", "input", "output"}`;
ShareGPT `{"conversations": [{"from", "value"}]}`; a list of `{"user": …}` / `{"assistant": …}` objects (also `bot`,
also both in one object, bare or under a key); OpenAI `{"messages": [{"role", "content"}]}`; and our own records, which
keep their id and origin.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hackmentor.records.read.repair import RejectedError, repair
from hackmentor.records.read.rows import Row, rows
from hackmentor.records.read.shapes import Turns, as_object, conversation, pairs, text_of
from hackmentor.records.record import Message, Record, Shape, parse_record
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import file_sha256

NO_INPUT = {"<noinput>", "noinput", "no input", "n/a"}
NO_INPUT_REPAIR = "placeholder for no input removed"
BAD = "bad item"


@dataclass(slots=True)
class Reading:
    """What one file gave: records, and by rule or reason the places (`file:number`) of repaired and rejected items."""

    records: list[Record] = field(default_factory=list)
    repaired: dict[str, list[str]] = field(default_factory=dict)
    rejected: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Origin:
    file: str
    version: str
    source: str
    licence: str

    def place(self, row: Row, part: int | None = None) -> str:
        return f"{self.file}:{row.number}" + ("" if part is None else f"#{part}")


def read_foreign(path: Path, *, source: str, licence: str, skip_bad: bool = False) -> Reading:
    """Every record of a file in any of the shapes above; see `iterate_foreign`."""
    reading = Reading()
    reading.records.extend(
        iterate_foreign(path, source=source, licence=licence, reading=reading, skip_bad=skip_bad, name=path.name)
    )
    return reading


def iterate_foreign(
    path: Path, *, source: str, licence: str, reading: Reading, skip_bad: bool, name: str
) -> Iterator[Record]:
    """The records of a file one by one; what was repaired or rejected is noted in `reading`.

    An item that is no JSON or has none of the shapes raises UserError that names file, line (or item) and reason; with
    `skip_bad` it is counted as rejected instead. Conversations that the rules of `repair` cannot mend are always
    counted, never raised. `source` and `licence` go into each record, and `name`, which stands for the file, into ids.
    """
    origin = _Origin(name, file_sha256(path)[:16] if path.is_file() else "", source, licence)
    for row in rows(path):
        try:
            yield from _read(row, origin, reading)
        except RejectedError as error:
            reading.rejected.setdefault(str(error), []).append(origin.place(row))
        except (ValueError, TypeError, KeyError) as error:
            reason = f"field {error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            if not skip_bad:
                raise UserError(f"{path}, {row.where}: {reason}") from error
            reading.rejected.setdefault(BAD, []).append(f"{origin.place(row)}: {reason}")


def _read(row: Row, origin: _Origin, reading: Reading) -> Iterator[Record]:
    if row.fault:
        raise ValueError(row.fault)
    item = row.content
    if isinstance(item, list):
        yield _turn(pairs(item), "objects", row, origin, reading, {})
    elif not isinstance(item, dict):
        raise TypeError(f"expected an object or a list, not {type(item).__name__}")
    elif "sha256" in item and "shape" in item:
        yield parse_record(item)
    elif "instruction" in item:
        yield from _instructions(item, row, origin, reading)
    else:
        name, turns = conversation(item)
        yield _turn(turns, name, row, origin, reading, item)


def _turn(turns: Turns, name: str, row: Row, origin: _Origin, reading: Reading, item: Mapping[str, Any]) -> Record:
    mended = repair(turns)
    for rule in mended.repairs:
        reading.repaired.setdefault(rule, []).append(origin.place(row))
    return _record(origin, row, name, "turn", item, messages=mended.messages)


def _instructions(item: Mapping[str, Any], row: Row, origin: _Origin, reading: Reading) -> Iterator[Record]:
    instruction = text_of(item, "instruction").strip()
    nested = item.get("instances")
    name = "alpaca" if nested is None else "nested"
    if nested is not None and not isinstance(nested, (list, tuple)):
        raise TypeError("field 'instances' must be a list")
    for part, (given, answer) in enumerate(_instances(item if nested is None else nested), start=1):
        place = origin.place(row, None if nested is None else part)
        if not instruction or not answer.strip():
            reason = "empty instruction" if not instruction else "empty output"
            reading.rejected.setdefault(reason, []).append(place)
            continue
        if given.strip().lower() in NO_INPUT:
            reading.repaired.setdefault(NO_INPUT_REPAIR, []).append(place)
            given = ""
        texts = {"instruction": instruction, "input": given.strip(), "output": answer.strip()}
        suffix = "" if nested is None else f"#{part}"
        yield _record(origin, row, name, "iio", item, suffix=suffix, texts=texts)
    if nested is not None and not nested:
        raise RejectedError("no instances")


def _instances(value: Mapping[str, Any] | Sequence[Any]) -> Iterator[tuple[str, str]]:
    for instance in [value] if isinstance(value, Mapping) else value:
        part = as_object(instance)
        given = part.get("input")
        yield ("" if given is None else text_of(part, "input")), text_of(part, "output")


def _record(
    origin: _Origin,
    row: Row,
    name: str,
    shape: Shape,
    item: Mapping[str, Any],
    *,
    messages: tuple[Message, ...] = (),
    suffix: str = "",
    texts: Mapping[str, str] | None = None,
) -> Record:
    upstream = str(item.get("id") or origin.place(row))
    return Record(
        id=f"{origin.source}/{origin.place(row)}{suffix}",
        shape=shape,
        source=origin.source,
        upstream_id=upstream,
        upstream_version=origin.version,
        licence=origin.licence,
        made_by=f"reader:{name}",
        task=str(item.get("category") or item.get("task") or "imported"),
        messages=messages,
        **dict(texts or {}),
    )

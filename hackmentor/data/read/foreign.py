"""Reads training data in the shapes that other projects write, and says what became of every item.

Shapes: `{"instruction", "instances": [{"input", "output"}]}`; flat Alpaca `{"instruction", "input", "output"}`;
ShareGPT `{"conversations": [{"from", "value"}]}`; a list of `{"user": …}` / `{"assistant": …}` objects (also `bot`,
also both in one object, bare or under a key); OpenAI `{"messages": [{"role", "content"}]}`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hackmentor.data.read.repair import ROLES, RejectedError, repair
from hackmentor.data.read.rows import Row, rows
from hackmentor.data.records import Message, Record, Shape
from hackmentor.errors import UserError

NO_INPUT = {"<noinput>", "noinput", "no input", "n/a"}
NO_INPUT_REPAIR = "placeholder for no input removed"
Turns = list[tuple[str, str]]


@dataclass(slots=True)
class Reading:
    """What one file gave: records, and by rule or reason the places (`file:line`) of what was repaired or rejected."""

    records: list[Record] = field(default_factory=list)
    repaired: dict[str, list[str]] = field(default_factory=dict)
    rejected: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Origin:
    path: Path
    version: str
    source: str
    licence: str

    def place(self, row: Row, part: int | None = None) -> str:
        return f"{self.path.name}:{row.place}" + ("" if part is None else f"#{part}")


def read_foreign(path: Path, *, source: str, licence: str, skip_bad: bool = False) -> Reading:
    """Every record of a file in any of the shapes above.

    An item that is no JSON or has none of the shapes raises UserError that names file, line and reason; with
    `skip_bad` it is counted as rejected instead. Conversations that the rules of `repair` cannot mend are always
    counted, never raised. `source` and `licence` go into each record.
    """
    reading = Reading()
    origin = _Origin(path, "", source, licence)
    if path.is_file():
        with path.open("rb") as file:
            origin = _Origin(path, hashlib.file_digest(file, "sha256").hexdigest()[:16], source, licence)
    for row in rows(path):
        try:
            _read(row, origin, reading)
        except (ValueError, TypeError) as error:
            reason = str(error)
            if isinstance(error, RejectedError):
                reading.rejected.setdefault(reason, []).append(origin.place(row))
            elif skip_bad:
                reading.rejected.setdefault("bad item", []).append(f"{origin.place(row)}: {reason}")
            else:
                raise UserError(f"{path}, line {row.place}: {reason}") from error
    return reading


def _read(row: Row, origin: _Origin, reading: Reading) -> None:
    if row.fault:
        raise ValueError(row.fault)
    item = row.content
    if isinstance(item, list):
        _turn(_pairs(item), "objects", row, origin, reading, {})
    elif not isinstance(item, dict):
        raise TypeError(f"expected an object or a list, not {type(item).__name__}")
    elif "instruction" in item:
        _instructions(item, row, origin, reading)
    else:
        name, turns = _conversation(item)
        _turn(turns, name, row, origin, reading, item)


def _conversation(item: Mapping[str, Any]) -> tuple[str, Turns]:
    kinds: tuple[tuple[str, str, Callable[[Sequence[Any]], Turns]], ...] = (
        ("messages", "openai", _roles),
        ("conversations", "sharegpt", _from_value),
        ("conversation", "objects", _pairs),
        ("dialogue", "objects", _pairs),
    )
    for key, name, parse in kinds:
        value = item.get(key)
        if isinstance(value, (list, tuple)):
            first = value[0] if value else {}
            if isinstance(first, dict) and "role" in first:
                parse = _roles
            elif isinstance(first, dict) and "from" in first:
                parse = _from_value
            return name, parse(value)
    raise ValueError(f"no known shape; its fields are {', '.join(map(repr, item)) or 'none'}")


def _roles(value: Sequence[Any]) -> Turns:
    return [(_text(_object(part), "role"), _content(_object(part))) for part in value]


def _from_value(value: Sequence[Any]) -> Turns:
    return [(_text(_object(part), "from"), _text(_object(part), "value")) for part in value]


def _pairs(value: Sequence[Any]) -> Turns:
    """Objects whose keys are the roles; an object with both speaks twice, the user first."""
    turns: Turns = []
    for part in value:
        known = [key for key in _object(part) if key.strip().lower() in ROLES]
        if not known:
            raise ValueError(f"no speaker among the fields {', '.join(map(repr, part)) or '(none)'}")
        spoken = [key for key in known if part[key] is not None]
        spoken.sort(key=lambda key: ("system", "user", "assistant").index(ROLES[key.strip().lower()]))
        turns += [(key, _text(part, key)) for key in spoken]
    return turns


def _object(part: object) -> Mapping[str, Any]:
    if not isinstance(part, dict):
        raise TypeError(f"a message must be an object, not {type(part).__name__}")
    return part


def _text(part: Mapping[str, Any], name: str) -> str:
    if name not in part:
        raise ValueError(f"field {name!r} is missing")
    value = part[name]
    if not isinstance(value, str):
        raise TypeError(f"field {name!r} must be text, not {type(value).__name__}")
    return value


def _content(part: Mapping[str, Any]) -> str:
    value = part.get("content")
    if isinstance(value, (list, tuple)):
        pieces = [_object(piece) for piece in value]
        if any(piece.get("type") != "text" for piece in pieces):
            raise RejectedError("content other than text")
        return "\n\n".join(_text(piece, "text") for piece in pieces)
    return _text(part, "content")


def _turn(turns: Turns, name: str, row: Row, origin: _Origin, reading: Reading, item: Mapping[str, Any]) -> None:
    mended = repair(turns)
    for rule in mended.repairs:
        reading.repaired.setdefault(rule, []).append(origin.place(row))
    reading.records.append(_record(origin, row, name, "turn", item, messages=mended.messages))


def _instructions(item: Mapping[str, Any], row: Row, origin: _Origin, reading: Reading) -> None:
    instruction = _text(item, "instruction").strip()
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
        reading.records.append(_record(origin, row, name, "iio", item, suffix=suffix, texts=texts))
    if nested is not None and not nested:
        raise RejectedError("no instances")


def _instances(value: Mapping[str, Any] | Sequence[Any]) -> Iterator[tuple[str, str]]:
    for instance in [value] if isinstance(value, Mapping) else value:
        part = _object(instance)
        given = part.get("input")
        yield ("" if given is None else _text(part, "input")), _text(part, "output")


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

"""Training records of both shapes, and the JSONL files that hold them."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

from hackmentor.records.message import (
    Message,
    find_dialogue_fault,
    get_text_field,
    list_hashed_parts,
    order_fields,
    parse_messages,
    parse_tools,
)
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import apply_umask, full_disk_named

__all__ = ["Message", "Record", "Shape"]

Shape = Literal["iio", "turn"]
"""`iio`: instruction, input, output. `turn`: a dialogue of several turns."""

PROVENANCE_FIELDS = ("id", "shape", "source", "upstream_id", "upstream_version", "licence", "made_by", "task")


@dataclass(frozen=True)
class Record:
    """One training example with its origin.

    An `iio` record holds instruction, input and output, and in `messages` what was said before them, if anything: a
    system message, whole exchanges. A `turn` record holds messages only, and the tools on offer in them, if any.
    """

    id: str
    shape: Shape
    source: str
    upstream_id: str
    upstream_version: str
    licence: str
    made_by: str
    task: str
    messages: tuple[Message, ...] = ()
    instruction: str = ""
    input: str = ""
    output: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()
    repeat: int = 0
    """Which copy of a record this is, from 2, in a training file that holds it more than once; else 0."""

    def __post_init__(self) -> None:
        reason = _find_fault(self)
        if reason:
            raise ValueError(f"record {self.id!r}: {reason}")

    def to_conversation(self) -> list[Message]:
        """The record as chat messages, without weights; an iio record ends with one question and one answer."""
        conversation = [item.copy() for item in self.to_weighted_conversation()]
        for message in conversation:
            message.pop("weight", None)
        return conversation

    def to_weighted_conversation(self) -> list[Message]:
        """Like `to_conversation`, with `weight: 0` in the answers that are not trained on."""
        if self.shape == "turn":
            first = [{**self.messages[0], "tools": list(self.tools)}] if self.tools else list(self.messages[:1])
            return [*cast("list[Message]", first), *self.messages[1:]]
        question = f"{self.instruction}\n\n{self.input}" if self.input else self.instruction
        return [
            *self.messages,
            {"role": "user", "content": question},
            {"role": "assistant", "content": self.output},
        ]

    @cached_property
    def sha256(self) -> str:
        """Hex digest over what is said, by whom, with which weights and tools, nothing else."""
        parts = [list_hashed_parts(message) for message in self.to_weighted_conversation()]
        whole = [*parts, {"tools": self.tools}] if self.tools else parts
        return hashlib.sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest()

    def to_text(self) -> str:
        """All contents joined by blank lines, for searching and comparing."""
        return "\n\n".join(message["content"] for message in self.to_conversation())


def _find_fault(record: Record) -> str:
    """Why the record is invalid; empty if it is valid."""
    if type(record.repeat) is not int or record.repeat < 0:
        return f"repeat must be a whole number from 0, not {record.repeat!r}"
    if record.shape == "iio":
        if record.tools:
            return "an iio record has no tools"
        earlier = record.messages
        if fault := find_dialogue_fault(earlier, allow_system_only=True) if earlier else "":
            return fault
        empty = [name for name in ("instruction", "output") if not getattr(record, name).strip()]
        return f"empty {' and '.join(empty)}" if empty else ""
    if record.shape != "turn":
        return f"shape must be iio or turn, not {record.shape!r}"
    if record.instruction or record.input or record.output:
        return "a turn record carries messages only"
    if record.messages and "weight" in record.messages[-1]:
        return "its last answer has weight 0"
    return find_dialogue_fault(record.messages)


def read_records(path: Path) -> list[Record]:
    """Every record of a JSONL file in our own format.

    Raises UserError that names file, line number and reason for the first invalid line.
    """
    return list(iter_records(path))


def iter_records(path: Path) -> Iterator[Record]:
    """Like `read_records`, one record at a time, for files larger than memory."""
    if not path.is_file():
        raise UserError(f"{path}: no such file. Build it first: hackmentor data")
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield parse_record(json.loads(line))
            except (ValueError, TypeError, KeyError) as error:
                raise UserError(f"{path}, line {number}: {_describe_parse_error(error)}") from error


def _describe_parse_error(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not valid JSON ({error.msg}, column {error.colno})"
    if isinstance(error, KeyError):
        return f"field {error.args[0]!r} is missing"
    return str(error)


def parse_record(item: object) -> Record:
    """The record of one line in our own format. Raises ValueError, TypeError or KeyError with the reason."""
    if not isinstance(item, dict):
        raise TypeError("expected a JSON object")
    fields = {name: get_text_field(item, name) for name in PROVENANCE_FIELDS}
    shape = fields.pop("shape")
    if shape == "iio":
        content = {name: get_text_field(item, name) for name in ("instruction", "input", "output")}
        messages = parse_messages(item.get("messages", []))
        record = _build_record(fields | content, shape="iio", messages=messages, repeat=item.get("repeat", 0))
    elif shape == "turn":
        messages, tools = parse_messages(item["messages"]), parse_tools(item.get("tools", []))
        record = _build_record(fields, shape="turn", messages=messages, tools=tools, repeat=item.get("repeat", 0))
    else:
        raise ValueError(f"shape must be iio or turn, not {shape!r}")
    if get_text_field(item, "sha256") != record.sha256:
        raise ValueError(f"sha256 of record {record.id!r} does not match its content")
    return record


def _build_record(texts: Mapping[str, Any], **fields: Any) -> Record:  # noqa: ANN401 - the fields that are no text
    return Record(**texts, **fields)


def format_json_line(record: Record) -> str:
    """The record as one JSON line without its newline, keys always in the same order."""
    fields: dict[str, object] = {name: getattr(record, name) for name in PROVENANCE_FIELDS}
    fields["sha256"] = record.sha256
    if record.shape == "iio":
        fields.update(instruction=record.instruction, input=record.input, output=record.output)
    if record.shape == "turn" or record.messages:
        fields["messages"] = list(map(order_fields, record.messages))
    if record.tools:
        fields["tools"] = list(record.tools)
    if record.repeat:
        fields["repeat"] = record.repeat
    return json.dumps(fields, ensure_ascii=False)


def write_records(path: Path, records: Iterable[Record]) -> str:
    """Write the records as JSONL, atomically, and return the file's sha256 (hex)."""
    return write_lines(path, (format_json_line(record) for record in records))


def write_lines(path: Path, lines: Iterable[str]) -> str:
    """Write text lines to a temporary file beside `path`, then put it in place; returns the file's sha256 (hex)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with full_disk_named(path), os.fdopen(handle, "wb") as file:
            for line in lines:
                data = f"{line}\n".encode()
                digest.update(data)
                file.write(data)
        # mkstemp makes a private file; a dataset is for everyone who can read the folder.
        apply_umask(Path(temporary))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest.hexdigest()

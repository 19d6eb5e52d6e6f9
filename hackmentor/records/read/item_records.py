"""Builds the records of one item of a foreign file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hackmentor.records.read.import_result import FileOrigin, ImportResult
from hackmentor.records.read.keys import (
    ANSWER_KEYS,
    CONVERSATION_KEYS,
    INPUT_KEYS,
    OWN_KEYS,
    QUESTION_KEYS,
    check_row_keys,
    is_empty,
    note_unread_keys,
)
from hackmentor.records.read.repair import RejectedError, Turn, repair_turns
from hackmentor.records.read.row import Row
from hackmentor.records.read.shapes import ShapeReader, get_text_field, require_object
from hackmentor.records.record import PROVENANCE_FIELDS, Message, Record, Shape, parse_record

NO_INPUT_PLACEHOLDERS = {"<noinput>", "noinput", "no input", "n/a"}
NO_INPUT_REPAIR = "placeholder for no input removed"
OWN_RECORD_KEYS = frozenset({*PROVENANCE_FIELDS, "sha256", "messages", "tools", "instruction", "input", "output"})


def iter_item_records(row: Row, origin: FileOrigin, result: ImportResult) -> Iterator[Record]:
    """The records of one item of a file, in any shape; repairs and unread keys are counted in `result`.

    Raises RejectedError for an item that cannot be used, and ValueError, TypeError or KeyError for one that is none.
    """
    if row.fault:
        raise ValueError(row.fault)
    item = row.content
    unread: dict[str, None] = {}

    def note_unread(name: str) -> None:
        unread[name] = None

    if isinstance(item, list):
        reader = ShapeReader({}, note_unread)
        yield _build_turn_record(reader.parse_bare(item), "objects", row, origin, result, {})
    elif not isinstance(item, dict):
        raise TypeError(f"expected an object or a list, not {type(item).__name__}")
    else:
        check_row_keys(item)
        reader = ShapeReader(item, note_unread)
        yield from _read_object(reader, row, origin, result)
        note_unread_keys(item, frozenset(reader.read), note_unread)
    result.count_unread(unread)


def _read_object(reader: ShapeReader, row: Row, origin: FileOrigin, result: ImportResult) -> Iterator[Record]:
    item = reader.item
    if item.keys() >= OWN_KEYS:
        reader.read |= OWN_RECORD_KEYS
        yield parse_record(item)
    elif not is_empty(item.get("instances")) or ("instances" in item and "output" not in item):
        yield from _build_nested_records(reader, row, origin, result)
    elif (exchange := _find_exchange(reader)) is not None:
        yield _build_iio_record(reader, exchange, row, origin, result)
    elif (parsed := reader.parse_conversation()) is not None:
        shape_name, turns = parsed
        yield _build_turn_record(turns, shape_name, row, origin, result, item, reader.parse_tools())
    elif "instruction" in item:
        raise ValueError("field 'output' is missing")
    else:
        raise ValueError(reader.describe_fields())


def _find_exchange(reader: ShapeReader) -> tuple[str, str] | None:
    """The keys of a question and its answer, both text; None where the item holds a dialogue or no answer."""
    item = reader.item
    if "instruction" in item and "output" in item:
        if not is_empty(item.get("chosen")) and item["chosen"] != item["output"]:
            raise RejectedError("both 'output' and 'chosen'")
        reader.read |= {"instruction", "output"}
        return "instruction", "output"
    if "instruction" not in item and any(isinstance(reader.get_list(key), (list, tuple)) for key in CONVERSATION_KEYS):
        return None
    question, answer = reader.find_key(QUESTION_KEYS), reader.find_key(ANSWER_KEYS)
    if question is None and answer is not None and answer != "chosen" and "input" in item:
        question = "input"
        reader.read.add(question)
    if question is None or answer is None or any(_holds_messages(reader.get_list(key)) for key in (question, answer)):
        return None
    return question, answer


def _holds_messages(value: object) -> bool:
    return isinstance(value, (list, tuple, Mapping))


def _build_turn_record(
    turns: Sequence[Turn],
    shape_name: str,
    row: Row,
    origin: FileOrigin,
    result: ImportResult,
    item: Mapping[str, Any],
    tools: tuple[Mapping[str, Any], ...] = (),
) -> Record:
    repaired = repair_turns(turns)
    for rule in repaired.repairs:
        result.repaired.setdefault(rule, []).append(origin.format_location(row))
    return _build_record(origin, row, shape_name, "turn", item, messages=repaired.messages, tools=tools)


def _build_iio_record(
    reader: ShapeReader, exchange: tuple[str, str], row: Row, origin: FileOrigin, result: ImportResult
) -> Record:
    question, answer = exchange
    item, location = reader.item, origin.format_location(row)
    input_key = reader.find_key([key for key in INPUT_KEYS if key != question])
    input_text = "" if input_key is None or item[input_key] is None else get_text_field(item, input_key)
    texts = _clean_texts(question, get_text_field(item, question), input_text, get_text_field(item, answer))
    if _is_placeholder(input_text):
        result.repaired.setdefault(NO_INPUT_REPAIR, []).append(location)
    earlier = _build_earlier_messages(reader, texts, result, location)
    shape_name = "alpaca" if question == "instruction" else "pair"
    return _build_record(origin, row, shape_name, "iio", item, messages=earlier, texts=texts)


def _build_earlier_messages(
    reader: ShapeReader, texts: Mapping[str, str], result: ImportResult, location: str
) -> tuple[Message, ...]:
    """The system message and the history of an instruction, whole exchanges."""
    turns = reader.parse_earlier()
    if not turns:
        return ()
    question, answer = Turn("user", texts["instruction"]), Turn("assistant", texts["output"])
    repaired = repair_turns([*turns, question, answer])
    if repaired.messages[-2]["content"] != question.text or repaired.messages[-1]["content"] != answer.text:
        raise RejectedError("'history' ends on a question")
    for rule in repaired.repairs:
        result.repaired.setdefault(rule, []).append(location)
    return repaired.messages[:-2]


def _build_nested_records(reader: ShapeReader, row: Row, origin: FileOrigin, result: ImportResult) -> Iterator[Record]:
    item = reader.item
    reader.read |= {"instruction", "instances"}
    instruction, nested = get_text_field(item, "instruction"), reader.get_list("instances")
    if not isinstance(nested, (list, tuple)):
        raise TypeError("field 'instances' must be a list")
    for part, fields in enumerate(map(require_object, nested), start=1):
        location = origin.format_location(row, part)
        try:
            check_row_keys(fields)
            input_text = "" if fields.get("input") is None else get_text_field(fields, "input")
            texts = _clean_texts("instruction", instruction, input_text, get_text_field(fields, "output"))
            earlier = _build_earlier_messages(reader, texts, result, location)
        except RejectedError as error:
            result.rejected.setdefault(str(error), []).append(location)
            continue
        if _is_placeholder(input_text):
            result.repaired.setdefault(NO_INPUT_REPAIR, []).append(location)
        note_unread_keys(fields, frozenset({"input", "output"}), reader.note_unread)
        yield _build_record(origin, row, "nested", "iio", item, messages=earlier, suffix=f"#{part}", texts=texts)
    if not nested:
        raise RejectedError("no instances")


def _clean_texts(name: str, question: str, input_text: str, answer: str) -> dict[str, str]:
    """The three texts of an iio record. Raises RejectedError where the question or the answer is empty."""
    if not question.strip() or not answer.strip():
        raise RejectedError("empty output" if question.strip() else f"empty {name}")
    cleaned = "" if _is_placeholder(input_text) else input_text.strip()
    return {"instruction": question.strip(), "input": cleaned, "output": answer.strip()}


def _is_placeholder(input_text: str) -> bool:
    return input_text.strip().lower() in NO_INPUT_PLACEHOLDERS


def _build_record(
    origin: FileOrigin,
    row: Row,
    shape_name: str,
    shape: Shape,
    item: Mapping[str, Any],
    *,
    messages: tuple[Message, ...] = (),
    suffix: str = "",
    texts: Mapping[str, str] | None = None,
    tools: tuple[Mapping[str, Any], ...] = (),
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
        tools=tools,
        instruction=(texts or {}).get("instruction", ""),
        input=(texts or {}).get("input", ""),
        output=(texts or {}).get("output", ""),
    )

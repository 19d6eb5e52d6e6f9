"""The rows of a data file with the line each begins on: JSON, JSONL, or Parquet."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hackmentor.runtime.errors import UserError

RECORD_SUFFIXES = (".json", ".jsonl", ".ndjson", ".parquet")
# What the parser raises: ValueError also for a whole number of thousands of digits, which it refuses.
PARSE_ERRORS = (ValueError, RecursionError)
WRAPPER_KEYS = ("data", "train", "items", "records", "examples")


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a file: `number` counts from 1 (in JSONL it is the line), `fault` is why it could not be parsed."""

    number: int
    content: object
    fault: str = ""
    line: int | None = None

    @property
    def location(self) -> str:
        """Where the item begins, for messages."""
        return f"item {self.number}" if self.line is None else f"line {self.line}"


def iter_rows(path: Path) -> Iterator[Row]:
    """Every item of a .json, .jsonl, .ndjson or .parquet file.

    A line of JSONL that is no JSON comes as a row with a fault; a JSON file that is broken raises UserError with the
    line, since nothing after the error can be trusted. JSONL and Parquet come row by row; a JSON file is held whole.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        yield from _iter_parquet(path)
    elif suffix in (".jsonl", ".ndjson"):
        yield from _iter_json_lines(path)
    elif suffix == ".json":
        yield from _iter_json_array(path)
    else:
        raise UserError(
            f"{path}: cannot read {path.suffix or 'a file without a suffix'}; use .json, .jsonl or .parquet"
        )


def read_first_row(path: Path) -> object:
    """The content of the first row that could be parsed; None if there is none."""
    return next((row.content for row in iter_rows(path) if not row.fault), None)


def _iter_json_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", errors="strict") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    content = json.loads(line)
                except PARSE_ERRORS as error:
                    yield Row(number, None, _describe_parse_error(error), number)
                else:
                    yield Row(number, content, _find_surrogate_fault(line, content), number)
        except UnicodeDecodeError as error:
            raise UserError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error


def _iter_json_array(path: Path) -> Iterator[Row]:
    """The items of a JSON array one by one, so that each is known by its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    decoder = json.JSONDecoder()
    at = _skip_whitespace(text, 0)
    if text[at : at + 1] == "{":
        yield from _iter_wrapped_array(path, text)
        return
    if text[at : at + 1] != "[":
        raise UserError(f"{path}: expected a JSON array or an object that holds one")
    at, line, counted, number = _skip_whitespace(text, at + 1), 1, 0, 0
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        start = at
        try:
            content, at = decoder.raw_decode(text, at)
        except PARSE_ERRORS as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else line + text.count("\n", counted, at)
            raise UserError(f"{path}, line {line}: {_describe_parse_error(error)}") from error
        number += 1
        yield Row(number, content, _find_surrogate_fault(text[start:at], content), line)
        at = _skip_whitespace(text, at)
        if text[at : at + 1] == ",":
            at = _skip_whitespace(text, at + 1)
        elif text[at : at + 1] != "]":
            line += text.count("\n", counted, at)
            raise UserError(f"{path}, line {line}: expected a comma or the end of the array")
    if _skip_whitespace(text, at + 1) < len(text):
        raise UserError(f"{path}: something follows the end of the array; a file holds one")


def _describe_parse_error(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"not valid JSON ({error.msg}, column {error.colno})"
    return f"not usable JSON ({str(error).partition(';')[0]})"


def _find_surrogate_fault(json_text: str, content: object) -> str:
    """Why the content cannot be encoded; empty if it can. Only an escape can give half of a surrogate pair."""
    if "\\ud" not in json_text.lower():
        return ""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "not valid Unicode: half of a surrogate pair"
    return ""


def _skip_whitespace(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _iter_wrapped_array(path: Path, text: str) -> Iterator[Row]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        hint = " Several objects, one a line? Then name the file .jsonl." if error.msg == "Extra data" else ""
        raise UserError(f"{path}, line {error.lineno}: not valid JSON ({error.msg}).{hint}") from error
    except PARSE_ERRORS as error:
        raise UserError(f"{path}: {_describe_parse_error(error)}") from error
    for name in WRAPPER_KEYS:
        if isinstance(content.get(name), list):
            yield from (Row(number, item) for number, item in enumerate(content[name], start=1))
            return
    raise UserError(f"{path}: an object without a list under any of {', '.join(WRAPPER_KEYS)}")


def _iter_parquet(path: Path) -> Iterator[Row]:
    # Heavy, and needed for this one format only.
    from datasets import IterableDataset

    try:
        for number, content in enumerate(IterableDataset.from_parquet(str(path)), start=1):
            yield Row(number, content)
    except (ValueError, OSError) as error:  # what Arrow raises
        raise UserError(f"{path}: not a readable Parquet file ({error})") from error

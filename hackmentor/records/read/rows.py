"""The rows of a data file with the line each begins on: JSON, JSONL, or Parquet."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hackmentor.runtime.errors import UserError

RECORD_SUFFIXES = (".json", ".jsonl", ".ndjson", ".parquet")
# What the parser raises: ValueError also for a whole number of thousands of digits, which it refuses.
UNPARSED = (ValueError, RecursionError)
WRAPPERS = ("data", "train", "items", "records", "examples")


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a file: `number` counts from 1 (in JSONL it is the line), `fault` is why it could not be parsed."""

    number: int
    content: object
    fault: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """Where the item begins, in words."""
        return f"item {self.number}" if self.line is None else f"line {self.line}"


def rows(path: Path) -> Iterator[Row]:
    """Every item of a .json, .jsonl, .ndjson or .parquet file.

    A line of JSONL that is no JSON comes as a row with a fault; a JSON file that is broken raises UserError with the
    line, for what follows the break cannot be trusted. JSONL and Parquet come row by row; a JSON file is held whole.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        yield from _parquet(path)
    elif suffix in (".jsonl", ".ndjson"):
        yield from _lines(path)
    elif suffix == ".json":
        yield from _array(path)
    else:
        raise UserError(
            f"{path}: cannot read {path.suffix or 'a file without a suffix'}; use .json, .jsonl or .parquet"
        )


def first_row(path: Path) -> object:
    """The content of the first row that could be parsed; None if there is none."""
    return next((row.content for row in rows(path) if not row.fault), None)


def _lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", errors="strict") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    content = json.loads(line)
                except UNPARSED as error:
                    yield Row(number, None, _unparsed(error), number)
                else:
                    yield Row(number, content, _unsayable(line, content), number)
        except UnicodeDecodeError as error:
            raise UserError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error


def _array(path: Path) -> Iterator[Row]:
    """The items of a JSON array one by one, so that each is known by its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    decoder = json.JSONDecoder()
    at = _skip(text, 0)
    if text[at : at + 1] == "{":
        yield from _wrapped(path, text)
        return
    if text[at : at + 1] != "[":
        raise UserError(f"{path}: expected a JSON array or an object that holds one")
    at, line, counted, number = _skip(text, at + 1), 1, 0, 0
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        start = at
        try:
            content, at = decoder.raw_decode(text, at)
        except UNPARSED as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else line + text.count("\n", counted, at)
            raise UserError(f"{path}, line {line}: {_unparsed(error)}") from error
        number += 1
        yield Row(number, content, _unsayable(text[start:at], content), line)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            line += text.count("\n", counted, at)
            raise UserError(f"{path}, line {line}: expected a comma or the end of the array")
    if _skip(text, at + 1) < len(text):
        raise UserError(f"{path}: something follows the end of the array; a file holds one")


def _unparsed(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"not valid JSON ({error.msg}, column {error.colno})"
    return f"not usable JSON ({str(error).partition(';')[0]})"


def _unsayable(written: str, content: object) -> str:
    """Why the content can be written nowhere; empty if it can. Only an escape can name half of a character."""
    if "\\ud" not in written.lower():
        return ""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "not valid Unicode: half of a surrogate pair"
    return ""


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _wrapped(path: Path, text: str) -> Iterator[Row]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        hint = " Several objects, one a line? Then name the file .jsonl." if error.msg == "Extra data" else ""
        raise UserError(f"{path}, line {error.lineno}: not valid JSON ({error.msg}).{hint}") from error
    except UNPARSED as error:
        raise UserError(f"{path}: {_unparsed(error)}") from error
    for name in WRAPPERS:
        if isinstance(content.get(name), list):
            yield from (Row(number, item) for number, item in enumerate(content[name], start=1))
            return
    raise UserError(f"{path}: an object without a list under any of {', '.join(WRAPPERS)}")


def _parquet(path: Path) -> Iterator[Row]:
    # Heavy, and needed for this one format only.
    from datasets import IterableDataset

    try:
        for number, content in enumerate(IterableDataset.from_parquet(str(path)), start=1):
            yield Row(number, content)
    except (ValueError, OSError) as error:  # what Arrow raises
        raise UserError(f"{path}: not a readable Parquet file ({error})") from error

"""The rows of JSON files: lines of JSON, an array, or an object that holds one. The content decides, not the suffix."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from hackmentor.records.read.data_file import open_data_file
from hackmentor.records.read.foreign_formats import name_foreign_format
from hackmentor.records.read.keys import ROLE_KEYS, holds_record
from hackmentor.records.read.row import Row
from hackmentor.runtime.errors import UserError

# What the parser raises: ValueError also for a whole number of thousands of digits, which it refuses.
PARSE_ERRORS = (ValueError, RecursionError)
WRAPPER_KEYS = ("data", "train", "items", "records", "examples", "rows")
SPLIT_KEYS = ("training", "validation", "valid", "val", "dev", "eval", "evaluation", "test")


class JsonParser:
    """Parses JSON and notices a key that an object gives twice, of which Python would keep the last in silence."""

    def __init__(self) -> None:
        self._repeated: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._build_object)

    def parse(self, text: str) -> tuple[object, str]:
        """The value of a text and its fault, empty if it has none. Raises ValueError or RecursionError."""
        self._repeated.clear()
        content = self._decoder.decode(text)
        return content, self._find_fault(text, content)

    def parse_at(self, text: str, start: int) -> tuple[object, str, int]:
        """The value that begins at `start`, its fault, and where it ends. Raises ValueError or RecursionError."""
        self._repeated.clear()
        content, end = self._decoder.raw_decode(text, start)
        return content, self._find_fault(text[start:end], content), end

    def _build_object(self, pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            self._repeated += [name for name in fields if counts[name] > 1]
        return fields

    def _find_fault(self, text: str, content: object) -> str:
        if self._repeated:
            return f"key {self._repeated[0]!r} is given twice in one object"
        return _find_surrogate_fault(text, content)


def iter_json_rows(path: Path, suffix: str) -> Iterator[Row]:
    """The rows of a JSON file, with faults. Raises UserError where the file as a whole cannot be read."""
    if _holds_lines(path, suffix):
        yield from _iter_lines(path)
        return
    with open_data_file(path) as file:
        text = file.read()
    start = _skip_whitespace(text, 0)
    if text[start : start + 1] == "{":
        yield from _iter_wrapped_array(path, text)
    elif text[start : start + 1] == "[":
        yield from _iter_array(path, text, start)
    else:
        raise UserError(f"{path}: {'expected a JSON array or an object that holds one' if text else 'an empty file'}")


def _holds_lines(path: Path, suffix: str) -> bool:
    with open_data_file(path) as file:
        filled = (line.strip() for line in file if line.strip())
        first, second = next(filled, ""), next(filled, "")
    if suffix == ".json" and not (first[:1] == second[:1] == "{"):
        return False
    try:
        content = json.loads(first)
    except PARSE_ERRORS:
        # Objects that are broken or indented stay lines; an array that goes on below is one.
        return suffix != ".json" and not (first[:1] == "[" and second[:1] != "[")
    # A list alone in its file: the turns of one conversation, or an array of rows.
    return bool(second) or not isinstance(content, list) or _is_conversation(content)


def _is_conversation(items: Sequence[object]) -> bool:
    keys = {str(key).strip().lower() for item in items if isinstance(item, dict) for key in item}
    return not items or (bool(keys) and (keys <= ROLE_KEYS or bool(keys & {"role", "from", "speaker"})))


def _iter_lines(path: Path) -> Iterator[Row]:
    parser = JsonParser()
    with open_data_file(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                content, fault = parser.parse(line)
            except PARSE_ERRORS as error:
                yield Row(number, None, _describe_parse_error(error), number)
            else:
                yield Row(number, content, fault, number)


def _iter_array(path: Path, text: str, start: int) -> Iterator[Row]:
    """The items of a JSON array one by one, so that each is known by its number and line."""
    parser = JsonParser()
    at, line, counted, number = _skip_whitespace(text, start + 1), 1, 0, 0
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        try:
            content, fault, at = parser.parse_at(text, at)
        except PARSE_ERRORS as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else line + text.count("\n", counted, at)
            raise UserError(f"{path}, item {number + 1}, line {line}: {_describe_parse_error(error)}") from error
        number += 1
        yield Row(number, content, fault, line, has_own_line=False)
        at = _skip_whitespace(text, at)
        if text[at : at + 1] == ",":
            at = _skip_whitespace(text, at + 1)
        elif text[at : at + 1] != "]":
            line += text.count("\n", counted, at)
            raise UserError(
                f"{path}, after item {number}, line {line}: expected a comma or the end of the array; "
                "several objects, one a line, stand without brackets around them"
            )
    if _skip_whitespace(text, at + 1) < len(text):
        raise UserError(f"{path}: something follows the end of the array; a file holds one")


def _iter_wrapped_array(path: Path, text: str) -> Iterator[Row]:
    parser = JsonParser()
    try:
        content, fault = parser.parse(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path}, line {error.lineno}: not valid JSON ({error.msg})") from error
    except PARSE_ERRORS as error:
        raise UserError(f"{path}: {_describe_parse_error(error)}") from error
    if fault:
        raise UserError(f"{path}: {fault}")
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected a JSON array or an object that holds one")
    if holds_record(content):
        yield Row(1, content)
        return
    lists = {name: content[name] for name in (*WRAPPER_KEYS, *SPLIT_KEYS) if isinstance(content.get(name), list)}
    filled = [name for name, items in lists.items() if items]
    if len(filled) > 1:
        raise UserError(
            f"{path}: rows under both {filled[0]!r} and {filled[1]!r}. Put each list into a file of its own: "
            "train.jsonl and test.jsonl of one folder are kept apart"
        )
    if not lists:
        raise UserError(f"{path}: {_describe_object(content)}")
    yield from (Row(number, item) for number, item in enumerate(lists[filled[0]] if filled else [], start=1))


def _describe_object(content: dict[str, object]) -> str:
    if name := name_foreign_format(content):
        return f"{name}, which can't be read yet"
    hint = ""
    if content and all(isinstance(value, dict) for value in content.values()):
        hint = ". From pandas? Write it with orient='records'"
    return f"an object without a list under any of {', '.join(WRAPPER_KEYS)}{hint}"


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

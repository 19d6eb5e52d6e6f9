"""What is typed, made into what Hydra reads: values are quoted where they must be, a new experiment's name is one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import OverrideParseException

from hackmentor.config.config_files import EXPERIMENT_GROUP
from hackmentor.config.search_path import EXPERIMENT_NAME_GROUP, NAME_PATTERN, list_experiment_files
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import print_message

_OVERRIDE = re.compile(r"(?P<key>\+{0,2}[A-Za-z_][\w./@-]*)=(?P<value>.*)", re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
# A call, as in interval(1e-5, 1e-2): if it can't be read, it is not meant as a text.
_CALL = re.compile(r"\w+\(")
_EXPERIMENT = re.compile(rf"{EXPERIMENT_GROUP}=(?P<name>{NAME_PATTERN.pattern})")
_NAME = re.compile(rf"{EXPERIMENT_NAME_GROUP}=(?P<name>{NAME_PATTERN.pattern})")
# How near a name is to another one that it may be a slip of: as for misspelt keys and options.
_NEAR = 0.6


def quote_values(overrides: Sequence[str]) -> list[str]:
    """Puts quotes around the values that Hydra's grammar doesn't take, such as paths with 模型, `=`, `#` or `~`.

    Raises:
        UserError: for a value that may mean something else than a text, with the word to type if it is one.
    """
    return [_quote_value(line) for line in overrides]


def format_override(key: str, text: str) -> str:
    """The word to type in a shell that sets a key to a text, with the quotes that the shell and Hydra need."""
    plain = f"{key}={text}"
    try:
        (line,) = quote_values([plain])
        value = OverridesParser.create().parse_overrides([line])[0].value()
    except UserError:
        value = None
    is_text = text in (value, value.text if isinstance(value, QuotedString) else None)
    return shlex.quote(plain if is_text else f"{key}={_quote(text)}")


def name_new_experiment(overrides: Sequence[str], user_folder: Path | None) -> list[str]:
    """Makes `experiment=NAME` the name of a folder in outputs/, experiment_name=NAME, where no file has that name.

    A name that resembles a file's stays as it is, and is refused as a misspelt option. A line on standard error says
    that the name is taken for a new one: a forgotten --config-dir looks the same.
    """
    return [_name_experiment(line, user_folder) for line in overrides]


def _name_experiment(line: str, user_folder: Path | None) -> str:
    if match := _NAME.fullmatch(line):
        return _format_name(match["name"])
    match = _EXPERIMENT.fullmatch(line)
    if match is None or match["name"] == "null":
        return line
    name, files = match["name"], list_experiment_files(user_folder)
    known = {file.stem for file in files}
    if get_close_matches(name, known, n=1, cutoff=_NEAR):
        return line
    searched = " or ".join(dict.fromkeys(str(file.parent) for file in files))
    print_message(f"experiment={name}: no file of that name in {searched}; taken as the name of a new one")
    return _format_name(name)


def _format_name(name: str) -> str:
    is_text = isinstance(OverridesParser.create().parse_overrides([f"key={name}"])[0].value(), str)
    return f"{EXPERIMENT_NAME_GROUP}={name if is_text else _quote(name)}"


def _quote_value(line: str) -> str:
    match = _OVERRIDE.fullmatch(line)
    if match is None or _can_parse(line):
        return line
    key, value = match["key"], match["value"]
    is_list = value.startswith("[") and value.endswith("]")
    inner = value[1:-1] if is_list else value
    elements = [_quote_element(element.strip()) for element in inner.split(",")]
    if not _BRACKETS.search(inner) and None not in elements:
        joined = ",".join(map(str, elements))
        quoted = f"{key}=[{joined}]" if is_list else f"{key}={joined}"
        if _can_parse(quoted):
            return quoted
    raise UserError(
        f"can't read {line!r}: check its brackets and quotes; if the value is a text, type "
        + shlex.quote(f"{key}={_quote(value)}")
    )


def _quote_element(element: str) -> str | None:
    """An element of a value as Hydra reads it; None if it may be meant as something else than a text."""
    if _can_parse(f"key={element}"):
        return element
    return None if element.startswith(("'", '"')) or _CALL.match(element) else _quote(element)


def _quote(text: str) -> str:
    return QuotedString(text, Quote.double).with_quotes()


def _can_parse(line: str) -> bool:
    try:
        OverridesParser.create().parse_overrides([line])
    except (
        OverrideParseException,
        ValueError,
        RecursionError,
    ):  # also thousands of digits, or of brackets
        return False
    return True

"""Pieces of code with a weakness and without it, by language, and the checks that tell them apart."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

CODE_FILE, CLOUD_FILE = (Path(__file__).with_name(f"{name}_flaws.yaml") for name in ("code", "cloud"))
_PARSERS: Mapping[str, Callable[[str], object]] = {"python": ast.parse, "yaml": yaml.safe_load, "json": json.loads}
_PAIRS = {")": "(", "]": "[", "}": "{"}
_STRINGS = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A weakness in one language.

    `bad` and `good` are code with slots for names; `check` is a pattern that finds the weakness, `keeps` what a repair
    leaves in place, both with slots too; `why`, `fix` and `clean` are sentences about it.
    """

    id: str
    language: str
    cwe: str
    flaw: str
    names: Sequence[Sequence[str]]
    bad: str
    good: str
    check: str
    keeps: Sequence[str]
    why: str
    fix: str
    clean: str

    @property
    def upstream_id(self) -> str:
        """Its id among all texts."""
        return f"flaw:{self.id}"

    @property
    def split_key(self) -> str:
        """All pieces made of it stay together."""
        return self.upstream_id

    def list_variants(self) -> list[dict[str, str]]:
        """Names for its slots: each row, and the function of each row with the rest of the next one."""
        rows = list(self.names)
        shifted = [(one[0], other[1], other[2]) for one, other in zip(rows, [*rows[1:], rows[0]], strict=True)]
        return [dict(zip("fat", map(str, row), strict=True)) for row in (*rows, *shifted)]


@cache
def load_flaws(file: Path) -> tuple[Flaw, ...]:
    """All of a file."""
    return tuple(Flaw(**fields) for fields in yaml.safe_load(file.read_text(encoding="utf-8")))


def fill(text: str, names: Mapping[str, str], *, escaped: bool = False) -> str:
    """A text with names in its slots; escaped in a pattern."""
    for slot, name in names.items():
        text = text.replace(f"«{slot}»", re.escape(name) if escaped else name)
    return text.rstrip("\n")


def find_fault(code: str, language: str, check: str, keeps: Sequence[str]) -> str:
    """Why a repaired piece is not right: it doesn't parse, lost something, or is still weak; empty if it is right."""
    if not parses(code, language):
        return "it does not parse"
    lost = [text for text in keeps if text not in code]
    if lost:
        return f"it lost {lost[0]}"
    return "the weakness is still found" if re.search(check, code) else ""


def parses(code: str, language: str) -> bool:
    """Whether Python, YAML and JSON parse; whether the brackets of other languages close."""
    if language in _PARSERS:
        try:
            _PARSERS[language](code)
        except (SyntaxError, ValueError, yaml.YAMLError, RecursionError, MemoryError):
            return False
        return True
    open_brackets: list[str] = []
    for sign in _STRINGS.sub("''", code):
        if sign in "([{":
            open_brackets.append(sign)
        elif sign in _PAIRS and (not open_brackets or open_brackets.pop() != _PAIRS[sign]):
            return False
    return not open_brackets

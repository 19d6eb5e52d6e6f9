"""Reads the letters that an answer to a multiple-choice question ends with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hackmentor.exams.item import LETTERS

# Emphasis and boxes around a letter, which are no part of it.
_DECORATION = re.compile(r"\\boxed|\\text(?:bf)?|\\\(|\\\)|[*_`$#>{}]")
# What may follow a letter that is an answer: no word that would make it an article or the first letter of a name.
_END = r"(?:(?=\s*(?:$|[\n).,:;\]\"'<–—-]|\())|(?=\s+(?:because|since|as|is|are)\b))"
_STATEMENT = (
    r"(?i:\banswers?\b(?:\s+(?:is|are|would\s+be|must\s+be|should\s+be))?"
    r"|\b(?:correct|best|right)\s+(?:options?|choices?)\b(?:\s+(?:is|are))?)"
    r"\s*[:=]*\s*(?i:options?\s+|choices?\s+|letters?\s+)?[(\[\"']*"
)


@dataclass(frozen=True)
class _Patterns:
    """For some letters: one statement, a line of nothing else, a letter at the beginning and at the end of a line."""

    statement: re.Pattern[str]
    bare: re.Pattern[str]
    leading: re.Pattern[str]
    trailing: re.Pattern[str]


@cache
def _compile_patterns(letters: str) -> _Patterns:
    one = f"[{letters}]"
    separated = rf"{one}(?:\s*(?:,|;|/|&|\+|\band\b|\bor\b|\s)\s*(?:and\s+)?{one}(?![A-Za-z]))*"
    some = f"{one}{{2,}}(?![A-Za-z])|{separated}"
    return _Patterns(
        statement=re.compile(rf"{_STATEMENT}({some})(?![A-Za-z]){_END}"),
        bare=re.compile(rf"[(\[\"']*({some}|[{letters.lower()}])[)\]\"'.:;,]*"),
        leading=re.compile(rf"[(\[]?({one})(?:[)\]:]|\.(?=\s|$))"),
        trailing=re.compile(rf"(?:^|[\s(\[\"'])({one})[)\]\"'.]*$"),
    )


def find_final_letters(text: str, letters: str, options: Sequence[str] = ()) -> frozenset[str]:
    """The letters that an answer gives; empty if it gives none.

    In this order: a last line that is nothing but letters; the last statement of the form "answer: B" or "the correct
    option is B"; a last line that begins with "B)"; a first line of either form; a last line that ends with a letter;
    and a text that is an option word by word.

    Args:
        text: the answer, without thoughts.
        letters: those that count.
        options: the texts of the options.
    """
    lines = [line for line in (_DECORATION.sub("", line).strip() for line in text.splitlines()) if line]
    if not lines:
        return frozenset()
    patterns = _compile_patterns(letters)
    statements = patterns.statement.findall("\n".join(lines))
    match = (
        patterns.bare.fullmatch(lines[-1])
        or (re.fullmatch("(.*)", statements[-1], re.DOTALL) if statements else None)
        or patterns.leading.match(lines[-1])
        or patterns.bare.fullmatch(lines[0])
        or patterns.leading.match(lines[0])
        or patterns.trailing.search(lines[-1])
    )
    return _split_list(match[1].upper()) if match else _find_option(lines, options)


def _split_list(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[A-Z]", re.sub(r"\b(?:AND|OR)\b", " ", text)))


def _find_option(lines: Sequence[str], options: Sequence[str]) -> frozenset[str]:
    """The letter of the option that the answer repeats, if it is one line and there is one such option."""
    same = [LETTERS[i] for i, option in enumerate(options) if len(lines) == 1 and _fold(option) == _fold(lines[0])]
    return frozenset(same) if len(same) == 1 else frozenset()


def _fold(text: str) -> str:
    return " ".join(text.lower().rstrip(".").split())

"""Finds the seams of templates in records: what a reader would stumble over. Used by the gate over the built data."""

import ast
import json
import re
from collections.abc import Iterator

from hackmentor.data.prose import split_sentences
from hackmentor.records.record import Record

FENCE = re.compile(r"^```([\w-]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE_CODE = re.compile(r"`[^`\n]*`")
QUOTED = re.compile(r'"[^"\n]*"')
PATTERNS = {
    "placeholder": r"<<|>>|\bTODO\b|\bTBD\b|\bFIXME\b|\blorem ipsum\b|\{[a-z_]+\}|put the information here",
    "points at references": r"\bSee References\b|Terminology Notes|\babove code\b|\(see \[|\bREF-\d",
    "lead-in runs into a clause": r"covers cases where (?:when|if|in|any|while|where|by)\b",
    "lead-in before a sentence": r"whether they follow this:|Required:\n\n- Recommendations",
    "rule author's own voice": r"\bI would expect\b|\bMost of the time I\b",
    "stray space": r" [,;](?=\s|$)|\( | \)(?!\w)",
    "unreadable list": r"\b(?:are|is) within its reach\b",
    "empty slot": r"\b(?:in|of|for|with|by|against|are|is) [.,;](?:\s|$)|: \.(?:\s|$)| \(\)",
    "doubled word": r"\b(the|a|an|of|to|is|in|and|for|with) \1\b",
    "unexplained mainness": r"[Tt]he main ones\b",
    "scene without a story": r"(?:^|[.!?] )Suppose (?:[^.!?\n]|\.\d)*\.$",
    "points at examples": r"\bGood and Bad examples\b",
    "cut": r"[a-z]\.\.\.$|\b(?:such as|including|e\.g\.|i\.e\.)[.:]?$",
}
COMPILED = {name: re.compile(pattern, re.MULTILINE) for name, pattern in PATTERNS.items()}
MIN_SENTENCE_WORDS = 6
LEAD_IN = re.compile(r"^[A-Z][\w /()&,-]{2,70}: (?=[A-Z])")


def find_seams(record: Record) -> Iterator[str]:
    """What is wrong with a record, in words; nothing if a reader would not stumble."""
    for message in record.to_conversation():
        text = message["content"]
        if message["role"] == "assistant":
            yield from _find_in_answer(text)
        for mark, code in FENCE.findall(text):
            if not fits_mark(mark, code):
                yield f"language mark {mark!r} on other code"


def _find_in_answer(text: str) -> Iterator[str]:
    prose = QUOTED.sub('"quoted"', INLINE_CODE.sub("`code`", FENCE.sub("", text)))
    for name, pattern in COMPILED.items():
        if found := pattern.search(prose):
            yield f"{name}: {found.group()!r}"
    lines = [line.strip() for line in FENCE.sub("", text).split("\n") if line.strip()]
    for line in lines:
        if line.startswith("- ") and line.endswith(":") and not line.endswith("```:"):
            yield f"list item that only leads in: {line!r}"
    said = [s for line in lines for s in split_sentences(LEAD_IN.sub("", line.removeprefix("- ")))]
    sentences = [s for s in said if len(s.split()) >= MIN_SENTENCE_WORDS]
    if len(set(sentences)) < len(sentences):
        yield "a sentence twice"


def fits_mark(mark: str, code: str) -> bool:
    """Whether code can be of the language that its fence names: JSON must parse, the rest must not be another's."""
    if mark == "json":
        return _parses_as_json(code)
    if re.search(r"^\s*#include\b", code, re.MULTILINE) and mark not in ("c", "cpp", "objective-c", ""):
        return False
    if code.lstrip().startswith("<?php") and mark not in ("php", ""):
        return False
    return not (mark in ("c", "cpp", "java") and re.match(r"\s*def \w+\(.*\):", code)) and _is_no_broken_python(
        mark, code
    )


def _parses_as_json(code: str) -> bool:
    try:
        json.loads(code)
    except ValueError:
        return False
    return True


def _is_no_broken_python(mark: str, code: str) -> bool:
    """Python of version 2 and snippets with dots pass; JSON, C or a shell line under its mark do not."""
    if mark != "python":
        return True
    try:
        ast.parse(code)
    except SyntaxError:
        return not re.search(
            r"^\s*(?:\$ |#include|public class|function )|;\s*$.*;\s*$", code, re.MULTILINE | re.DOTALL
        )
    return True

"""What a fix changes in a piece of code: the line that it adds, and the line that this one replaces."""

import difflib
import re
from collections.abc import Iterator

from hackmentor.data.sources.cwe_examples import CodeExample

CODE_PATTERN = re.compile(r"[;{}]\s*$|\w\(.*\)|^\s*(?:#include|import|def|if|<\w+|\$\w+|/\*)|\w\s*=\s*\S", re.MULTILINE)
GUARD = re.compile(
    r"\bif\b|\bwhile\b|valid|check|escape|encode|sanitiz|prepare|bind|snprintf|strn|fgets|sizeof|null|limit|max|"
    r"equals|lock|close|free\(|rand|hash|catch|const\b|static|private|final\b|synchronized|clone|default|throw|delete|"
    r"malloc|opener|Limit|Max",
    re.I,
)
# What stands in a condition or makes a value unchangeable guards more than a call does.
STRONG_GUARD = re.compile(r"^(?:\}?\s*(?:else )?if\b|while\b|\} while\b)")
COMMENT = ("//", "#", "/*")
MIN_QUOTED, MAX_QUOTED = 8, 100
MIN_ALIKE = 0.55


def find_added_line(example: CodeExample) -> str:
    """The line of the fix that says most about it and that the vulnerable code lacks; empty if there is none."""
    added = _iter_quotable_lines(example.good, example.bad)
    return max((line for line in added if not line.startswith(COMMENT)), key=_rank_line, default="")


def find_replaced_line(example: CodeExample) -> str:
    """The line that the line of the fix replaces: the most similar of those that are gone; empty if none is alike."""
    # What the fix leaves out with dots may still be there.
    gone = [] if "..." in example.good else list(_iter_quotable_lines(example.bad, example.good))
    near = difflib.get_close_matches(find_added_line(example), gone, 1, MIN_ALIKE)
    return near[0] if near else ""


def count_new_lines(example: CodeExample) -> int:
    """How many lines of the fix the vulnerable code lacks."""
    return sum(1 for _ in _iter_lines_only_in(example.good, example.bad))


def _iter_quotable_lines(code: str, other: str) -> Iterator[str]:
    """Lines that only `code` has, without an opening brace at their end, short enough to be quoted."""
    for line in _iter_lines_only_in(code, other):
        bare = line.strip().rstrip("{").strip()
        if MIN_QUOTED <= len(bare) <= MAX_QUOTED and "`" not in bare and CODE_PATTERN.search(bare):
            yield bare


def _iter_lines_only_in(code: str, other: str) -> Iterator[str]:
    known = {_strip_to_code(line) for line in other.split("\n")}
    return (line for line in code.split("\n") if _strip_to_code(line) not in known)


def _strip_to_code(line: str) -> str:
    """A line without blanks and outer braces: what is the same but for these did not change."""
    return "".join(line.split()).strip("{}")


def _rank_line(line: str) -> tuple[bool, bool, int, str]:
    """A check or a safe call says more about a fix than a declaration; else the longest line."""
    return bool(STRONG_GUARD.search(line)), bool(GUARD.search(line)), len(line), line

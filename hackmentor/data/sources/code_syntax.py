"""Whether a snippet parses, as far as that can be told without a compiler, and whether its language mark fits."""

import ast
import json
import re
import textwrap

PAIRS = {")": "(", "]": "[", "}": "{"}
# Strings and comments by language family; what stands in them closes no bracket.
C_LIKE = {"C", "C++", "C#", "Java", "JavaScript", "PHP", "Go", "Rust", "JSP", "CSS", "Verilog"}
C_SKIPPED = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
OTHER_SKIPPED = re.compile(r"#[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")
LINE_COMMENT = re.compile(r"(?<!:)//([^\n]*)")
SHELL_LINE = re.compile(r"^\s*(?:\$ |sudo |gsutil |aws |gcloud |az |kubectl |docker |curl )", re.MULTILINE)
MARKED_ELLIPSIS = re.compile(r"/?\.\.\.\s*/?")


def parses(code: str, language: str) -> bool:
    """Whether a snippet is whole: Python and JSON parse; elsewhere brackets close, and no comment swallows code."""
    if language == "JSON":
        return _is_json(code)
    if language == "Python":
        return _is_python(code)
    if language not in C_LIKE:
        return _is_balanced(OTHER_SKIPPED.sub("''", code)) if language in ("Perl", "Shell", "Ruby") else True
    swallowed = any(_holds_code(comment) for comment in LINE_COMMENT.findall(_drop_strings(code)))
    return not swallowed and _is_balanced(C_SKIPPED.sub("''", code))


def find_fitting_language(code: str, language: str) -> str:
    """The language that a snippet is marked with, or another where it plainly is that one."""
    if language == "JSON" and not _is_json(code):
        return "Shell" if SHELL_LINE.search(code) else "Other"
    if language in ("Shell", "Other", "") and _is_json(code) and code.lstrip().startswith(("{", "[")):
        return "JSON"
    return language


def _is_json(code: str) -> bool:
    try:
        json.loads(code)
    except ValueError:
        return False
    return True


def _is_python(code: str) -> bool:
    try:
        ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError):
        return False
    return True


def _drop_strings(code: str) -> str:
    return re.sub(r"\"(?:\\.|[^\"\\\n])*\"|/\*.*?\*/", "''", code, flags=re.DOTALL)


def _holds_code(comment: str) -> bool:
    """Whether a line comment runs on into code: a statement's end or a brace behind words."""
    return bool(re.search(r";\s*\S|[;{}]\s*$", comment.strip())) and not re.match(r"\s*[\w.]+\(.*\);?\s*$", comment)


def _is_balanced(code: str) -> bool:
    open_brackets: list[str] = []
    for sign in MARKED_ELLIPSIS.sub(" ", code):
        if sign in "([{":
            open_brackets.append(sign)
        elif sign in PAIRS and (not open_brackets or open_brackets.pop() != PAIRS[sign]):
            return False
    return not open_brackets

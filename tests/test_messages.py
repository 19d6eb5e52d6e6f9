"""What a message tells the user to type exists: every command and every key in every message of the program.

The messages are found in the source, so that a new one is checked without a new test. What needs a situation to be
said is typed in tests/cell/test_ways_out.py, tests/config/test_command_line.py and beside what refuses.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from hackmentor.config.help import VERBS
from hackmentor.config.search_path import EXPERIMENT_NAME_GROUP
from hackmentor.runtime.paths import CONF_FOLDER
from tests.conftest import REPOSITORY
from tests.schema_keys import CONFIGS, list_keys

KEYS = {key for config in CONFIGS for key in list_keys(config)}
GROUPS = {folder.relative_to(CONF_FOLDER).as_posix() for folder in CONF_FOLDER.rglob("*") if folder.is_dir()}
KNOWN = KEYS | GROUPS | {EXPERIMENT_NAME_GROUP, "experiment"}
# Sections whose keys are theirs who made them: a template's variables, a tracker's arguments, another program's.
OPEN = (
    "base.template_arguments.",
    "tracker.arguments.",
    "hydra.",
    "base.checkpoints.",
    "base.templates.",
    "size.checkpoints.",
)

COMMAND = re.compile(r"hackmentor ((?:" + "|".join(sorted(VERBS, key=len, reverse=True)) + r")\b)([^`;,)\n]*)")
DOTTED = re.compile(r"(?<![\w./@-])([a-z_]+(?:\.[a-z_]+)+)=(?=\S)")
WORD = re.compile(r"(?<![\w./@-])~?\+{0,2}([a-z_/]+(?:\.[\w]+)*)=")
PLACE = "…"
# The usage line of help stands for any key and any group.
USAGE = {"key", "group"}


def list_messages() -> Iterator[tuple[str, str]]:
    """Every text in the source that is no docstring, with where it is; what is filled in is an ellipsis."""
    for file in sorted((REPOSITORY / "hackmentor").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                skipped |= {id(part) for part in node.values}
        for node in ast.walk(tree):
            if id(node) in skipped or not isinstance(node, ast.JoinedStr | ast.Constant):
                continue
            text = _read_text(node)
            if " " in text:
                yield f"{file.relative_to(REPOSITORY)}:{node.lineno}", text


def _read_text(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else PLACE for part in node.values)


MESSAGES = dict(list_messages())


def is_known(key: str) -> bool:
    return key in KNOWN or key.startswith(OPEN) or re.sub(r"\.\d+\b", "", key) in KNOWN


def test_messages_are_found() -> None:
    assert len(MESSAGES) > 400
    assert sum(bool(COMMAND.search(text)) for text in MESSAGES.values()) > 15
    assert sum(bool(DOTTED.search(text)) for text in MESSAGES.values()) > 50


def test_every_key_in_a_message_exists() -> None:
    unknown = {
        f"{place}: {key}=" for place, text in MESSAGES.items() for key in DOTTED.findall(text) if not is_known(key)
    }
    assert unknown == set()


def test_every_word_of_a_command_in_a_message_exists() -> None:
    unknown = {
        f"{place}: {key}="
        for place, text in MESSAGES.items()
        for _, words in COMMAND.findall(text)
        for key in WORD.findall(words)
        if not is_known(key) and key not in USAGE
    }
    assert unknown == set()


@pytest.mark.parametrize("name", ["experiment_name", "name"])
def test_the_names_that_refusals_propose_are_keys(name: str) -> None:
    assert name in KNOWN
    assert any(f"{name}=NAME" in text for text in MESSAGES.values())

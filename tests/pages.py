"""The pages a user reads, and what of them a test can check or run.

In a page, `<!-- test: WORD -->` above a code block says what the test does with it, unseen by readers:
`run` runs it, in a folder that all blocks of the page share; `file PATH` writes it there; `output` compares it with
what the block run before it printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from hackmentor.config.help import VERBS, VERBS_ON_FILES
from tests.conftest import REPOSITORY

PAGES = [REPOSITORY / "README.md", REPOSITORY / "README.zh-CN.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
COMMAND = re.compile(r"hackmentor (?:" + "|".join(VERBS) + r")\b[^`|>#\n]*")


@dataclass(frozen=True)
class Block:
    """A fenced block of code, and what the comment above it asks of the test."""

    line: int
    asked: str
    text: str


def commands_of(page: Path) -> list[str]:
    """Every `hackmentor VERB ...` in text and blocks, each once, but for `...` and where a command is only named."""
    return sorted(set(list_commands(page)))


def list_commands(page: Path) -> list[str]:
    """As `commands_of`, in the page's order, each as often as it is there."""
    found = (match.group().strip() for match in COMMAND.finditer(_joined(page.read_text(encoding="utf-8"))))
    named = {f"hackmentor {verb}" for verb in VERBS_ON_FILES}
    return [line for line in found if "..." not in line and "--help" not in line and line not in named]


def _joined(text: str) -> str:
    return re.sub(r"\\\n\s*", "", text)


def verb_of(command: str) -> str:
    """The longest verb that the command begins with: `data inspect` is not `data`."""
    return max((verb for verb in VERBS if f"{command} ".startswith(f"hackmentor {verb} ")), key=len)


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page that ask for something, in order."""
    return [block for block in _blocks(page) if block.asked]


def _blocks(page: Path) -> Iterator[Block]:
    asked = ""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            comment = re.search(r"<!-- test: (.+?) -->", token.content)
            asked = comment.group(1) if comment else ""
        elif token.type == "fence" and token.map:
            yield Block(token.map[0] + 1, asked, token.content)
            asked = ""

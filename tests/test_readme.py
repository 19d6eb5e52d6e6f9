"""README shows what there is, and says the same in both languages; what all pages show is tested in test_docs.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hackmentor.config.help import VERBS
from tests.conftest import REPOSITORY
from tests.pages import commands_of, verb_of

README, CHINESE = REPOSITORY / "README.md", REPOSITORY / "README.zh-CN.md"


@pytest.mark.parametrize("page", [README, CHINESE], ids=lambda page: page.name)
def test_it_shows_commands_of_every_verb(page: Path) -> None:
    assert {verb_of(command) for command in commands_of(page)} == set(VERBS)


def test_both_languages_show_the_same_commands() -> None:
    assert commands_of(README) == commands_of(CHINESE)
    assert _code(README) == _code(CHINESE)


def test_both_languages_link_to_the_same_pages() -> None:
    english, chinese = ({*re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))} for page in (README, CHINESE))
    assert english - {CHINESE.name} == chinese - {README.name}


def _code(page: Path) -> list[str]:
    """The blocks of code, without the comments in them, which are translated."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [re.sub(r" *#.*", "", block) for block in blocks]

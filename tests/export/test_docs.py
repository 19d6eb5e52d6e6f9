"""The commands and keys that docs/export.md shows are there."""

from __future__ import annotations

import re
import shlex

import pytest

from hackmentor.cell.find import split_name_and_overrides
from hackmentor.config.compose import CommandRequest, compose_settings, hydra_initialized
from hackmentor.config.schema import ExportConfig
from tests.conftest import REPOSITORY
from tests.export.conftest import CELL

PAGE = (REPOSITORY / "docs" / "export.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^hackmentor export ([^#\n]*)", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_composes(words: str) -> None:
    name, overrides = split_name_and_overrides(shlex.split(words))
    request = CommandRequest("export", (*overrides, f"cell={name}"))
    with hydra_initialized(request) as hydra:
        assert compose_settings(hydra, request, ExportConfig).cell == CELL


def test_every_format_is_shown() -> None:
    shown = {word.removeprefix("format=") for words in COMMANDS for word in words.split() if word.startswith("format=")}
    formats = {file.stem for file in (REPOSITORY / "conf" / "format").glob("*.yaml")}
    assert shown | {"merged"} == formats


@pytest.mark.parametrize("key", sorted(set(re.findall(r"`(export\.(?!json)[a-z_]+|format\.[a-z_]+)[`=]", PAGE))))
def test_every_key_is_there(key: str) -> None:
    request = CommandRequest("export", (f"cell={CELL}", "format=ollama"))
    with hydra_initialized(request) as hydra:
        settings = compose_settings(hydra, request, ExportConfig).model_dump()
    section, name = key.split(".")
    assert name in settings[section]

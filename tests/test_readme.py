"""What README shows is true: every command composes, every file and folder it names is there."""

from __future__ import annotations

import re
import shlex

import pytest

from hackmentor.config.compose import Request, compose_grid, compose_one, opened
from hackmentor.config.schema import ChatConfig, Export, Rate, Sync
from hackmentor.find_cell import named
from hackmentor.help import VERBS
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"`?(hackmentor (?:" + "|".join(VERBS) + r")\b[^`|#\n]*)", README)))


def verb_of(command: str) -> str:
    """The longest verb that the command begins with: `data inspect` is not `data`."""
    return max((verb for verb in VERBS if f"{command} ".startswith(f"hackmentor {verb} ")), key=len)


def test_readme_shows_commands_of_every_verb() -> None:
    assert {verb_of(command) for command in COMMANDS} == set(VERBS)


@pytest.mark.parametrize("command", [command for command in COMMANDS if "--help" not in command])
def test_every_command_composes(command: str) -> None:
    verb = verb_of(command)
    words = shlex.split(command.removeprefix(f"hackmentor {verb}"))
    # A cell's name stands for what outputs/ or models/ hold: tests/chat has both, and the original's table.
    name, overrides = named([word for word in words if word != "-m"])
    overrides += (f"cell={name}",) if verb == "export" else ()
    request = Request(verb.split()[-1], overrides, multirun="-m" in words)
    with opened(request) as hydra:
        if model := {"rate": Rate, "export": Export, "chat": ChatConfig, "sync": Sync}.get(verb):
            assert compose_one(hydra, request, model)
        else:
            assert compose_grid(hydra, request).cells


def test_make_targets_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_the_files_it_links_to_exist() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (REPOSITORY / target).exists(), target

"""What the pages show is true: commands compose, links lead somewhere, blocks that are marked run as they say."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.cell.find import split_name_and_overrides
from hackmentor.config.compose import CommandRequest, compose_grid, compose_settings, hydra_initialized
from tests.conftest import REPOSITORY
from tests.pages import PAGES, Block, blocks_of, commands_of, verb_of

HOW_PAGES_RUN = f'hackmentor() {{ {shlex.quote(sys.executable)} -m hackmentor "$@"; }}\nset -e\n'
REFERENCE = runpy.run_path(str(REPOSITORY / "docs" / "reference.py"))
# Each command once, with the first page that shows it.
COMMANDS = {command: page for page in reversed(PAGES) for command in commands_of(page)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """For each page a folder with the files that it shows."""
    made = {}
    for page in PAGES:
        made[page] = tmp_path_factory.mktemp(page.stem)
        for block in blocks_of(page):
            if block.asked.startswith("file "):
                file = made[page] / block.asked.removeprefix("file ")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.text, encoding="utf-8")
    return made


@pytest.mark.parametrize(("command", "page"), COMMANDS.items(), ids=COMMANDS)
def test_every_command_composes(
    command: str, page: Path, folders: dict[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folders[page])
    verb = verb_of(command)
    words = shlex.split(command.removeprefix(f"hackmentor {verb}"))
    folder = Path(words.pop(words.index("--config-dir") + 1)) if "--config-dir" in words else None
    # A cell's name stands for what outputs/ or models/ hold: tests/chat has both, and the original's table.
    name, overrides = split_name_and_overrides([word for word in words if word not in ("-m", "--config-dir")])
    overrides += (f"cell={name}",) if verb == "export" else ()
    request = CommandRequest(verb.split()[-1], overrides, multirun="-m" in words, config_dir=folder)
    with hydra_initialized(request) as hydra:
        model = REFERENCE["ALONE"].get(verb)
        assert compose_settings(hydra, request, model) if model else compose_grid(hydra, request).cells


@pytest.mark.parametrize("page", [page for page in PAGES if blocks_of(page)], ids=lambda page: page.stem)
def test_what_a_page_runs_does_what_it_says(page: Path, folders: dict[Path, Path]) -> None:
    printed = ""
    for block in blocks_of(page):
        if block.asked == "run":
            printed = _run(page, block, folders[page])
        elif block.asked == "output":
            assert _bare(printed) == _bare(block.text), f"{page.name}, line {block.line}"
        else:
            assert block.asked.startswith("file "), f"{page.name}, line {block.line}: {block.asked}"


def _run(page: Path, block: Block, folder: Path) -> str:
    environment = {**os.environ, "COLUMNS": "120", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        ["bash", "-c", HOW_PAGES_RUN + block.text], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{page.name}, line {block.line}: {done.stdout}{done.stderr}"
    return done.stdout


def _bare(text: str) -> list[str]:
    """The lines without the spaces that tables end with, and without times, which differ."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return [line for line in lines if not line.startswith("built in ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        file, _, heading = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{page.name}: {target}"
        assert not heading or heading in _headings(there), f"{page.name}: {target}"


def _headings(page: Path) -> set[str]:
    """The anchors that forges make of headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"{page.name}: make {target}"


def test_every_page_is_reached_from_the_index() -> None:
    index = (REPOSITORY / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (REPOSITORY / "docs").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name


def test_the_reference_is_what_the_schema_says() -> None:
    assert (REPOSITORY / "docs" / "reference.md").read_text(encoding="utf-8") == REFERENCE["page"](), "run `make docs`"

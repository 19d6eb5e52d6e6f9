"""No library's warning reaches a user: what a command prints is for who runs it, not for who wrote it."""

from __future__ import annotations

import pytest

from tests.grid.forking import Forking

CELL = "smollm2-135m-lora-iio"
VERBS = ("train", "evaluate", "export", "review")
EXPORT = [f"cell={CELL}", "format=merged", "export.answer_tokens=4"]


@pytest.fixture(scope="module")
def said(
    tiny_words: list[str], tmp_path_factory: pytest.TempPathFactory, forking_server: Forking
) -> dict[str, tuple[str, str]]:
    """What each command says on standard output and on standard error."""
    folder, found = tmp_path_factory.mktemp("warnings"), {}
    words = [*tiny_words, "tracker=none"]
    commands = {"train": ["-m", *words], "evaluate": words, "export": EXPORT, "review": words}
    for verb in VERBS:
        done = forking_server.run(verb, commands[verb], folder)
        assert done.returncode == 0, done.stdout + done.stderr
        found[verb] = done.stdout, done.stderr
    log = folder / "outputs" / "adhoc" / CELL / "train.log"
    return found | {"train.log": (log.read_text(), ""), "imports": ("", forking_server.log.read_text())}


@pytest.mark.parametrize("source", [*VERBS, "train.log", "imports"])
def test_no_warning_of_a_library_is_printed(source: str, said: dict[str, tuple[str, str]]) -> None:
    output, errors = said[source]
    assert output or errors or source == "imports"
    assert "Warning" not in output + errors

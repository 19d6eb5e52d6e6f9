"""A mistake in a file of the user's is named with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.cli import main

HEAD = "# @package _global_\nexperiment: mine\n"
MISTAKES: dict[str, tuple[str | bytes, str]] = {
    "tab": (f"{HEAD}\tseed: 3\n", "mine.yaml, line 3: is not valid YAML: found character '\\t'"),
    "key twice": (f"{HEAD}seed: 3\nseed: 4\n", "mine.yaml, line 4: is not valid YAML: found duplicate key seed"),
    "colon": (f"{HEAD}base: a: b\n", "mine.yaml, line 3: is not valid YAML: mapping values are not allowed here"),
    "open bracket": (f"{HEAD}data:\n  sources: [cwe, attack\n", "mine.yaml, line 4: is not valid YAML"),
    "open brace": (f"{HEAD}data: {{a: 1\n", "mine.yaml, line 3: is not valid YAML"),
    "Latin-1": (f"{HEAD}# café\n".encode("latin-1"), "mine.yaml, line 3: is not UTF-8 (byte 0xe9)"),
    "UTF-16": (HEAD.encode("utf-16"), "mine.yaml: is UTF-16; save it as UTF-8"),
    "BOM": (HEAD.encode("utf-8-sig"), "mine.yaml: begins with a byte order mark; save it as UTF-8 without one"),
    "control character": (f"{HEAD}x: \x00\n", "mine.yaml: is not valid YAML"),
    "no package": ("experiment: mine\n", "mine.yaml: its first line must be `# @package _global_`"),
    "empty": ("", "mine.yaml: is empty"),
    "comments only": ("# @package _global_\n# soon\n", "mine.yaml: is empty"),
    "list": ("- a\n", "mine.yaml: holds a list"),
    "word": ("# @package _global_\nword\n", "word: there is no such key"),
    "number": ("# @package _global_\n3\n", "mine.yaml: "),
    "interpolation": ("# @package _global_\nexperiment: ${oops\n", "experiment: "),
    "no variable": (f"{HEAD}base:\n  path: ${{oc.env:NOPE_X}}\n", "base.path: "),
    "misspelt key": (f"{HEAD}optimiser:\n  lr: 0.1\n", "optimiser: there is no such key"),
    "half a header": ("#@\nexperiment: mine\n", "mine.yaml: can't be read: Expected header format"),
    "misspelt default": ("# @package _global_\ndefaults: [embeded]\nexperiment: mine\n", "did you mean embedded?"),
}  # fmt: skip


def status(folder: Path, *words: str) -> int:
    return main(["status", "--config-dir", str(folder), *words])


@pytest.mark.parametrize(("content", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named(
    content: str | bytes, expected: str, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workplace / "experiment").mkdir()
    (workplace / "experiment" / "mine.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert status(workplace, "experiment=mine") == 2
    message = capsys.readouterr().err
    assert expected in message
    assert len(message.splitlines()) <= 3


def test_the_ending_yml_is_said(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for group in ("experiment", "base"):
        (workplace / group).mkdir()
        (workplace / group / "mine.yml").write_text(HEAD)
        assert status(workplace, f"{group}=mine") == 2
        assert f"{group}/mine.yml: only files that end in .yaml are read; rename it" in capsys.readouterr().err


def test_a_file_of_another_group_is_checked_too(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "base").mkdir()
    (workplace / "base" / "mine.yaml").write_text("name: a\nname: b\n")
    assert status(workplace, "base=mine") == 2
    assert "base/mine.yaml, line 2: is not valid YAML: found duplicate key name" in capsys.readouterr().err


def test_an_experiment_of_ones_own_wins_and_needs_no_more_than_its_package(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workplace / "experiment").mkdir()
    (workplace / "experiment" / "mine.yaml").write_text("# @package _global_\nexperiment: mine\nseed: 3\n")
    assert status(workplace, "experiment=mine") == 2
    assert "outputs/mine: there is no such folder" in capsys.readouterr().err

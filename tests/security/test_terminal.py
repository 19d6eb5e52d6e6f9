"""Text of a stranger's in messages, tracebacks and logs: none of it drives the terminal."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.runtime.terminal import EscapingFormatter, print_traceback

TITLE, CLIPBOARD, CLEAR, RIGHT_TO_LEFT = "\x1b]0;owned\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J\x1b[H", "\u202e"
ATTACKS = [TITLE, CLIPBOARD, CLEAR, RIGHT_TO_LEFT, "\x9b31m"]


def assert_inert(text: str) -> None:
    assert not any(character in text for character in "\x1b\x07\x9b\u202e")


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
@pytest.mark.parametrize("words", ["{}", "train base={}", "status experiment={}", "chat {}"])
def test_a_message_is_inert(words: str, attack: str, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word.format(attack) for word in words.split(" ")]) != 0
    printed = capsys.readouterr()
    assert_inert(printed.out + printed.err)
    assert "\\" in printed.err


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_a_file_of_a_cell_is_inert(attack: str, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = workplace / "outputs/stranger/cell"
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter/adapter_config.json").write_text(json.dumps({"base_model_name_or_path": attack, "r": attack}))
    (folder / "card.json").write_text(json.dumps({"base": attack}))
    (folder / "config.yaml").write_text(json.dumps({attack: attack}))
    for words in (["chat", "cell"], ["export", "cell"], ["status"]):
        main(words)
        printed = capsys.readouterr()
        assert_inert(printed.out + printed.err)


def test_a_traceback_is_inert(capsys: pytest.CaptureFixture[str]) -> None:
    error = RuntimeError(f"the tensor {TITLE}{RIGHT_TO_LEFT}")
    print_traceback(RuntimeError, error, None)
    assert "RuntimeError: the tensor \\x1b" in capsys.readouterr().err


def test_a_command_prints_its_traceback_so() -> None:
    script = (
        "from hackmentor.config.command import run_command\n"
        "def fail(request): raise RuntimeError('\\x1b]0;owned\\x07')\n"
        "run_command('plan', [], fail)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "RuntimeError: \\x1b]0;owned\\x07" in done.stderr
    assert_inert(done.stderr)


def test_a_line_of_a_log_is_inert() -> None:
    record = logging.LogRecord("n", logging.ERROR, "", 0, "%s", (f"refused: {CLEAR}",), None)
    assert EscapingFormatter(logging.Formatter("%(message)s")).format(record) == "refused: \\x1b[2J\\x1b[H"

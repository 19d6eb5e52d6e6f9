"""The command on a real pseudo-terminal: input, screen, and files."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from hackmentor.records.read.rows import iter_rows
from hackmentor.records.read.shapes import ShapeReader
from tests.chat.conftest import CELL

WORDS = ("chat.temperature=0", "chat.max_new_tokens=12", "chat.answer_room=64", "quant=none", "trainer=cpu")
WAIT = 120


class Terminal:
    """A screen of 100 by 40 with the command behind it."""

    def __init__(self, *words: str) -> None:
        self.screen = pyte.Screen(100, 40)
        self._stream = pyte.ByteStream(self.screen)
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm-256color"}
        command = ["-m", "hackmentor", "chat", *words]
        self.child = pexpect.spawn(sys.executable, command, dimensions=(40, 100), timeout=WAIT, env=env)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def until(self, text: str, times: int = 1) -> str:
        """Reads until the screen shows a text so often."""
        while self.text.count(text) < times:
            try:
                self._feed(self.child.read_nonblocking(4096, timeout=WAIT))
            except (pexpect.TIMEOUT, pexpect.EOF):
                pytest.fail(f"no {text!r} on the screen:\n{self.text}")
        return self.text

    def type(self, text: str) -> None:
        self.child.send(text)

    def end(self) -> int:
        # A key that comes while the prompt is being set up is lost: the terminal is emptied then.
        for _ in range(WAIT):
            self.child.sendeof()
            if self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=1) == 0:
                break
        self.child.close()
        return int(self.child.exitstatus)

    def _feed(self, data: bytes) -> None:
        # prompt_toolkit asks the terminal where its cursor is.
        if b"\x1b[6n" in data:
            self._stream.feed(data)
            self.child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        else:
            self._stream.feed(data)


@pytest.fixture
def terminal(place: Path) -> Iterator[Terminal]:
    opened = Terminal(CELL, *WORDS)
    opened.until("Ctrl-D quits.\n>")
    yield opened
    opened.child.close(force=True)


def test_a_session(terminal: Terminal, place: Path) -> None:
    assert f"Chatting with {CELL} (1,024 tokens of context)" in terminal.text
    terminal.type("What is CWE-79?\r")
    terminal.until("12 tokens")
    terminal.type("/compre x\r")
    terminal.until("did you mean /compare?")
    terminal.type("\x1b[A\x1b[A\r")  # what was typed before the last
    terminal.until("12 tokens", 2)
    terminal.type("\x1b[200~Two\nlines <|im_end|>\x1b[201~\r")  # as a terminal sends a paste
    terminal.until("12 tokens", 3)
    terminal.type("/system Be brief.\r")
    terminal.until("The system message: Be brief.")
    terminal.type("/save talk.jsonl\r")
    terminal.until("6 messages written")
    terminal.type("/save talk.jsonl\r")
    terminal.until("talk.jsonl exists already")
    (line,) = iter_rows(place / "talk.jsonl")
    assert isinstance(line.content, dict)
    parsed = ShapeReader(line.content, lambda _: None).parse_conversation()
    assert parsed is not None
    said = [(turn[0], turn[1]) for turn in parsed[1]]
    assert [role for role, _ in said] == ["system", *["user", "assistant"] * 3]
    assert said[1][1] == said[3][1] == "What is CWE-79?"
    assert said[5][1] == "Two\nlines <|im_end|>"
    terminal.type("\x03")
    terminal.until("Ctrl-D or /quit quits.")
    assert terminal.end() == 0


def test_two_answer_beside_each_other(terminal: Terminal, place: Path) -> None:
    terminal.type("/compare llama-7b-lora-ii\r")
    terminal.until("llama-7b-lora-iio?")
    terminal.type("/compare smollm2-135m\r")
    terminal.until("answer side by side")
    terminal.type("What is CWE-79?\r")
    screen = terminal.until("12 tokens", 2)
    assert any(f"─ {CELL} ─" in line and "─ smollm2-135m ─" in line for line in screen.splitlines())
    terminal.type("/save both.jsonl\r")
    terminal.until("4 messages written")
    both = [json.loads(line) for line in (place / "both.jsonl").read_text().splitlines()]
    assert [line["name"] for line in both] == [CELL, "smollm2-135m"]
    assert both[0]["messages"][0] == both[1]["messages"][0]
    assert both[0]["messages"][1] != both[1]["messages"][1]
    terminal.type("/compare\r")
    terminal.until("answers alone")
    terminal.type("/quit\r")
    assert terminal.end() == 0


def test_ctrl_c_stops_the_answer_and_not_the_program(place: Path) -> None:
    terminal = Terminal(CELL, *WORDS[2:], "chat.max_new_tokens=900", "chat.temperature=9", "chat.top_k=0")
    terminal.until("Ctrl-D quits.\n>")
    before = len(terminal.text)
    terminal.type("Go on and on\r")
    while len(terminal.text) < before + 60:
        terminal._feed(terminal.child.read_nonblocking(4096, timeout=WAIT))
    terminal.type("\x03")
    terminal.until("stopped")
    terminal.type("/reset\r")
    terminal.until("The conversation is cleared.")
    assert terminal.end() == 0

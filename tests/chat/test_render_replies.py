"""A model's output can't control the terminal, however it is split into chunks."""

from __future__ import annotations

import io

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackmentor.chat.render_replies import WrappingWriter

HOSTILE = [
    "\x1b[2J\x1b[H",  # clear the screen
    "\x1b]0;owned\x07",  # the title
    "\x1b]52;c;b3duZWQ=\x07",  # the clipboard
    "\x1b[31m red",
    "\x9b2J",  # the same in one byte
    "over\rwritten",
    "back\b\b\b\b",
    "\x1bc",  # reset
    "\u202eoverride\u2066",
    "\x0e\x0f\x05\x00\x7f",
]


def screen_after(pieces: list[str]) -> pyte.Screen:
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    stream.feed("before\r\n")
    written = io.StringIO()
    write = WrappingWriter(written.write, 80)
    for piece in pieces:
        write(piece)
    assert all(c == "\n" or c.isprintable() for c in written.getvalue())
    stream.feed(written.getvalue().replace("\n", "\r\n"))
    return screen


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_codes_are_shown(text: str, size: int) -> None:
    said = f"It is {text} so."
    screen = screen_after([said[at : at + size] for at in range(0, len(said), size)])
    assert screen.display[0].rstrip() == "before"
    assert screen.display[1].startswith("It is ")
    assert "\\x" in screen.display[1]
    assert screen.title == ""
    assert {screen.buffer[1][column].fg for column in range(80)} == {"default"}


@given(st.lists(st.text(), max_size=8))
def test_nothing_written_is_a_control(pieces: list[str]) -> None:
    written = io.StringIO()
    write = WrappingWriter(written.write, 20)
    for piece in pieces:
        write(piece)
    assert not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 for c in written.getvalue())


def test_lines_break_between_words_and_no_word_is_lost() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    written = io.StringIO()
    write = WrappingWriter(written.write, 12)
    for word in words:
        write(f"{word} ")
    lines = written.getvalue().split("\n")
    assert written.getvalue().split() == words
    assert max(len(line.rstrip()) for line in lines) <= 12
    assert len(lines) >= 4

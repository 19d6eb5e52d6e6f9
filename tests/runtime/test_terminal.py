"""Foreign text on a terminal."""

from __future__ import annotations

from hackmentor.runtime.terminal import escape_control_characters, truncate_text


def test_escape_codes_are_shown_not_obeyed() -> None:
    assert escape_control_characters("\x1b[2J\x07hi\u202e") == "\\x1b[2J\\x07hi\\x202e"


def test_lines_and_letters_stay() -> None:
    assert escape_control_characters("eins\n\tzwei — 三") == "eins\n\tzwei — 三"


def test_shortened_says_that_something_is_missing() -> None:
    assert truncate_text("abcdef", 4) == "abc…"
    assert truncate_text("abc", 4) == "abc"

"""Foreign text on a terminal."""

from __future__ import annotations

from hackmentor.runtime.terminal import inert, shortened


def test_escape_codes_are_shown_not_obeyed() -> None:
    assert inert("\x1b[2J\x07hi\u202e") == "\\x1b[2J\\x07hi\\x202e"


def test_lines_and_letters_stay() -> None:
    assert inert("eins\n\tzwei — 三") == "eins\n\tzwei — 三"


def test_shortened_says_that_something_is_missing() -> None:
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abc", 4) == "abc"

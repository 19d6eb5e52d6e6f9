"""Input that starts with a slash: a command, an error, or a path in a message."""

from __future__ import annotations

import pytest

from hackmentor.chat.slash_commands import COMMANDS, Command, format_help, parse_command, unescape_message
from hackmentor.runtime.errors import UserError


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/reset", Command("reset", "")),
        (" /SYSTEM  Be brief.\nAlways. ", Command("system", "Be brief.\nAlways.")),
        ("/save a file.jsonl", Command("save", "a file.jsonl")),
        ("/etc/passwd is world-readable, is that bad?", None),
        ("//reset", None),
        ("What is /reset?", None),
        ("/", None),
        ("", None),
    ],
)
def test_commands(typed: str, command: Command | None) -> None:
    assert parse_command(typed) == command


def test_a_misspelt_command_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"there is no /compre; did you mean /compare\?"):
        parse_command("/compre llama-13b")


def test_two_slashes_begin_a_message_with_one() -> None:
    assert unescape_message("//reset it") == "/reset it"
    assert unescape_message("/etc/passwd ") == "/etc/passwd"


def test_the_overview_has_each() -> None:
    for name in COMMANDS:
        assert f"/{name}" in format_help()

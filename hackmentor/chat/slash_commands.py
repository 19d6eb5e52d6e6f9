"""The slash commands of the terminal chat."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NamedTuple

from hackmentor.runtime.errors import UserError

COMMANDS = {
    "reset": ("", "clear the conversation; the system message stays"),
    "system": ("TEXT", "set the system message; without TEXT: show it"),
    "save": ("FILE", "write the conversation to a new file, as `hackmentor data` reads it"),
    "compare": ("OTHER", "let a second model, by its name, answer too; without OTHER: stop comparing"),
    "help": ("", "show this list"),
    "quit": ("", "quit, like Ctrl-D"),
}
KEYS = (
    "Enter sends, Alt-Enter starts a new line, pasted lines stay one message, the arrow keys recall earlier input,\n"
    "Ctrl-C stops an answer, Ctrl-D quits. Type two slashes for a message that starts with a slash."
)

# A path such as /etc/passwd is not a command.
_COMMAND = re.compile(r"/([A-Za-z]+)(?:\s+(.*))?", re.DOTALL)


class Command(NamedTuple):
    """A slash command and its argument."""

    name: str
    argument: str


def parse_command(line: str) -> Command | None:
    """Parses a line of input as a command; None if it is a message.

    Raises:
        UserError: if there is no such command, naming the nearest.
    """
    match = _COMMAND.fullmatch(line.strip())
    if match is None:
        return None
    name, argument = match.group(1).lower(), (match.group(2) or "").strip()
    if name not in COMMANDS:
        close = get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean /{close[0]}?" if close else "/help lists them"
        raise UserError(f"there is no /{name}; {hint} (type two slashes for a message that starts with one)")
    return Command(name, argument)


def unescape_message(line: str) -> str:
    """Returns the message in a line that is not a command: a leading double slash stands for one."""
    text = line.strip()
    return text[1:] if text.startswith("//") else text


def format_help() -> str:
    """Lists all commands, one per line, and the keys."""
    lines = [f"  {f'/{name} {argument}':<16}{description}" for name, (argument, description) in COMMANDS.items()]
    return "\n".join(lines) + f"\n\n{KEYS}"

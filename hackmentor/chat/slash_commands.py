"""What begins with a slash: the commands of a chat in the terminal."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NamedTuple

from hackmentor.runtime.errors import UserError

COMMANDS = {
    "reset": ("", "forget what was said; the system message stays"),
    "system": ("TEXT", "what the assistant is told first; alone: show it"),
    "save": ("FILE", "write the conversation to a new file, as `hackmentor data` reads it"),
    "compare": ("OTHER", "a second one answers beside this one, by its name; alone: no more"),
    "help": ("", "this list"),
    "quit": ("", "end, as Ctrl-D"),
}
KEYS = (
    "Enter sends, Alt-Enter begins a new line, a paste of many lines stays one message, the arrow keys bring back\n"
    "what you typed, Ctrl-C stops an answer, Ctrl-D ends. Two slashes begin a message that begins with one."
)

# A path such as /etc/passwd is no command.
_COMMAND = re.compile(r"/([A-Za-z]+)(?:\s+(.*))?", re.DOTALL)


class Command(NamedTuple):
    """A command and what stands after it."""

    name: str
    rest: str


def command_of(typed: str) -> Command | None:
    """The command that was typed; None for a message.

    Raises:
        UserError: for a command that there is not, naming the nearest.
    """
    found = _COMMAND.fullmatch(typed.strip())
    if found is None:
        return None
    name, rest = found.group(1).lower(), (found.group(2) or "").strip()
    if name not in COMMANDS:
        close = get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean /{close[0]}?" if close else "/help lists them"
        raise UserError(f"there is no /{name}; {hint} (two slashes begin a message with one)")
    return Command(name, rest)


def message_of(typed: str) -> str:
    """What is said by a text that is no command."""
    text = typed.strip()
    return text[1:] if text.startswith("//") else text


def overview() -> str:
    """All commands, a line each, and the keys."""
    lines = [f"  {f'/{name} {what}':<16}{line}" for name, (what, line) in COMMANDS.items()]
    return "\n".join(lines) + f"\n\n{KEYS}"

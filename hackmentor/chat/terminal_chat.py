"""The chat in the terminal: what is typed, until Ctrl-D."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from hackmentor.chat.conversation import Conversation
from hackmentor.chat.render_replies import alone, beside
from hackmentor.chat.slash_commands import Command, command_of, message_of, overview
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import inert

FORGOTTEN = "What was said is forgotten."


class Session:
    """One person at the terminal, and one or two who answer.

    Args:
        first: who answers.
        second: who answers beside, or None.
        begin: a new conversation with the participant of this name; raises UserError if there is none.
        read: one message; raises EOFError for Ctrl-D, KeyboardInterrupt for Ctrl-C.
        console: the terminal.
    """

    def __init__(
        self,
        first: Conversation,
        second: Conversation | None,
        begin: Callable[[str], Conversation],
        read: Callable[[], str],
        console: Console,
    ) -> None:
        self._first, self._second = first, second
        self._begin, self._read, self._console = begin, read, console
        self._does: dict[str, Callable[[str], None]] = {
            "reset": self._reset, "system": self._system, "save": self._save, "compare": self._compare,
            "help": lambda _: self._say(overview()),
        }  # fmt: skip

    def run(self) -> None:
        """Greets, and answers until the end."""
        names = " and ".join(one.speaker.name for one in self._all)
        window = min(one.speaker.window for one in self._all)
        self._say(f"You talk to {names} ({window:,} tokens of context). /help lists commands, Ctrl-D ends.")
        while True:
            try:
                typed = self._read()
                command = command_of(typed)
                if command is not None and command.name == "quit":
                    return
                self._act(typed, command)
            except EOFError:
                return
            except KeyboardInterrupt:
                self._say("Ctrl-D or /quit ends.")
            except (UserError, OSError) as error:
                self._say(str(error), style="red")

    @property
    def _all(self) -> list[Conversation]:
        return [self._first, *([] if self._second is None else [self._second])]

    def _act(self, typed: str, command: Command | None) -> None:
        if command is not None:
            self._does[command.name](command.rest)
        elif not typed.strip():
            return
        elif self._second is None:
            alone(self._first, message_of(typed), self._console)
        else:
            beside(self._all, message_of(typed), self._console)

    def _reset(self, _: str) -> None:
        for one in self._all:
            one.reset()
        self._say(FORGOTTEN)

    def _system(self, text: str) -> None:
        for one in self._all:
            one.system = text or one.system
        now = self._first.system
        self._say(f"The system message: {now}" if now else "No system message but that of the template, if it has one.")

    def _save(self, file: str) -> None:
        if not file:
            raise UserError("/save needs the name of a new file: /save talk.jsonl")
        lines = [{"name": one.speaker.name, "messages": one.whole} for one in self._all]
        # "x" never opens a file that is there.
        try:
            with Path(file).expanduser().open("x", encoding="utf-8") as stream:
                stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        except FileExistsError as error:
            raise UserError(f"{file} is there already; name a new file") from error
        self._say(f"{sum(len(one.messages) for one in self._all)} messages written to {file}")

    def _compare(self, name: str) -> None:
        if not name:
            self._second = None
            self._say(f"{self._first.speaker.name} answers alone.")
            return
        self._say(f"Loading {name} ...")
        second = self._begin(name)
        second.system = self._first.system
        self._second = second
        self._first.reset()
        self._say(f"{self._first.speaker.name} and {second.speaker.name} answer beside each other. {FORGOTTEN}")

    def _say(self, text: str, style: str = "dim") -> None:
        self._console.print(Text(inert(text), style=style))

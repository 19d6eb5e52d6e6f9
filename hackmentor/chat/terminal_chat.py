"""The interactive chat in the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from hackmentor.chat.conversation import Conversation
from hackmentor.chat.render_replies import print_replies_side_by_side, print_reply
from hackmentor.chat.slash_commands import Command, format_help, parse_command, unescape_message
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import escape_control_characters

CLEARED = "The conversation is cleared."


class TerminalChat:
    """A chat of a user with one or two models.

    Args:
        first: conversation with the first model.
        second: conversation with the second model, or None.
        start_conversation: starts a conversation with the model of this name; raises UserError if there is none.
        read_line: reads one message; raises EOFError on Ctrl-D, KeyboardInterrupt on Ctrl-C.
        console: the terminal.
    """

    def __init__(
        self,
        first: Conversation,
        second: Conversation | None,
        start_conversation: Callable[[str], Conversation],
        read_line: Callable[[], str],
        console: Console,
    ) -> None:
        self._first, self._second = first, second
        self._start_conversation, self._read_line, self._console = start_conversation, read_line, console
        self._handlers: dict[str, Callable[[str], None]] = {
            "reset": self._reset, "system": self._set_system, "save": self._save, "compare": self._compare,
            "help": lambda _: self._print(format_help()),
        }  # fmt: skip

    def run(self) -> None:
        """Prints a greeting, then reads and answers messages until the user quits."""
        names = " and ".join(conversation.model.name for conversation in self._conversations)
        window = min(conversation.model.context_window for conversation in self._conversations)
        self._print(f"Chatting with {names} ({window:,} tokens of context). /help lists commands, Ctrl-D quits.")
        while True:
            try:
                line = self._read_line()
                command = parse_command(line)
                if command is not None and command.name == "quit":
                    return
                self._handle(line, command)
            except EOFError:
                return
            except KeyboardInterrupt:
                self._print("Ctrl-D or /quit quits.")
            except (UserError, OSError) as error:
                self._print(str(error), style="red")

    @property
    def _conversations(self) -> list[Conversation]:
        return [self._first, *([] if self._second is None else [self._second])]

    def _handle(self, line: str, command: Command | None) -> None:
        if command is not None:
            self._handlers[command.name](command.argument)
        elif not line.strip():
            return
        elif self._second is None:
            print_reply(self._first, unescape_message(line), self._console)
        else:
            print_replies_side_by_side(self._conversations, unescape_message(line), self._console)

    def _reset(self, _: str) -> None:
        for conversation in self._conversations:
            conversation.reset()
        self._print(CLEARED)

    def _set_system(self, text: str) -> None:
        for conversation in self._conversations:
            conversation.system = text or conversation.system
        system = self._first.system
        self._print(
            f"The system message: {system}"
            if system
            else "No system message, except the template's default, if it has one."
        )

    def _save(self, file: str) -> None:
        if not file:
            raise UserError("/save needs the name of a new file: /save talk.jsonl")
        lines = [
            {"name": conversation.model.name, "messages": conversation.all_messages}
            for conversation in self._conversations
        ]
        # Mode "x" never overwrites an existing file.
        try:
            with Path(file).expanduser().open("x", encoding="utf-8") as stream:
                stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        except FileExistsError as error:
            raise UserError(f"{file} exists already; choose a new file") from error
        self._print(
            f"{sum(len(conversation.messages) for conversation in self._conversations)} messages written to {file}"
        )

    def _compare(self, name: str) -> None:
        if not name:
            self._second = None
            self._print(f"{self._first.model.name} answers alone.")
            return
        self._print(f"Loading {name} ...")
        second = self._start_conversation(name)
        second.system = self._first.system
        self._second = second
        self._first.reset()
        self._print(f"{self._first.model.name} and {second.model.name} answer side by side. {CLEARED}")

    def _print(self, text: str, style: str = "dim") -> None:
        self._console.print(Text(escape_control_characters(text), style=style))

"""An editable input line with a history on the arrow keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent


def build_line_reader(history_file: Path | None) -> Callable[[], str]:
    """Builds a function that reads one message; it raises EOFError on Ctrl-D and KeyboardInterrupt on Ctrl-C.

    Args:
        history_file: file of the input history; None keeps the history in memory.
    """
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    history: History = InMemoryHistory()
    if history_file is not None:
        history_file.parent.mkdir(parents=True, exist_ok=True)
        history = FileHistory(history_file)
    session: PromptSession[str] = PromptSession(history=history, key_bindings=keys, prompt_continuation="  ")
    return lambda: session.prompt("> ")

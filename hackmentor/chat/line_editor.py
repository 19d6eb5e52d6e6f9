"""A line of input to edit, with what was typed before on the arrow keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent


def reader(kept: Path | None) -> Callable[[], str]:
    """Asks for a message; raises EOFError for Ctrl-D, KeyboardInterrupt for Ctrl-C.

    Args:
        kept: the file of what was typed; None keeps it until the end of the program.
    """
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    history: History = InMemoryHistory()
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        history = FileHistory(kept)
    session: PromptSession[str] = PromptSession(history=history, key_bindings=keys, prompt_continuation="  ")
    return lambda: session.prompt("> ")

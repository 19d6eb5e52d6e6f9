"""An answer on the terminal: as it comes, or two beside each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hackmentor.chat.chat_model import Reply
from hackmentor.chat.conversation import Conversation, Fitted
from hackmentor.runtime.terminal import inert

_PARTS = re.compile(r"\n|[^\S\n]+|\S+")
# Lines of a terminal that the frames around two answers take.
_FRAMES = 6


class Wrapped:
    """Writes text that comes in pieces, and breaks lines between words."""

    def __init__(self, write: Callable[[str], object], width: int) -> None:
        self._write, self._width, self._column = write, width, 0

    def __call__(self, piece: str) -> None:
        """Writes a piece, with what could drive the terminal made visible."""
        for part in _PARTS.findall(inert(piece)):
            size = cell_len(part)
            if part == "\n":
                self._column = 0
            elif part.isspace() and self._column + size >= self._width:
                part, self._column = "\n", 0
            elif self._column and self._column + size > self._width:
                part, self._column = f"\n{part}", size
            else:
                self._column += size
            self._write(part)


def alone(one: Conversation, text: str, console: Console) -> Reply:
    """The answer of one, as it comes."""
    waiting = console.status("", spinner="dots")
    write = Wrapped(lambda part: (console.file.write(part), console.file.flush()), console.width)

    def show(piece: str) -> None:
        waiting.stop()
        write(piece)

    with waiting:
        reply = one.ask(text, show, fitted=lambda seen: _note(seen, console))
    console.print()
    console.print(Text(figures(reply), style="dim"))
    return reply


def beside(two: Sequence[Conversation], text: str, console: Console) -> list[Reply]:
    """The answers of two, in two columns."""
    said = ["" for _ in two]
    replies: list[Reply] = []

    def columns() -> RenderableType:
        # While they grow, the ends that fit on the screen.
        most = max(1, (console.height - _FRAMES) * (console.width // 2 - 4))
        return _columns(two, [inert(one)[-most:] for one in said], replies)

    with Live(console=console, transient=True, get_renderable=columns, refresh_per_second=8, redirect_stdout=False):
        for place, one in enumerate(two):

            def show(piece: str, place: int = place) -> None:
                said[place] += piece

            replies.append(one.ask(text, show, fitted=lambda seen: _note(seen, console)))
    console.print(_columns(two, [inert(one) for one in said], replies))
    return replies


def _columns(two: Sequence[Conversation], texts: Sequence[str], replies: Sequence[Reply]) -> Table:
    table = Table.grid(expand=True)
    for _ in two:
        table.add_column(ratio=1)
    feet = [figures(reply) for reply in replies] + ["…"] * (len(two) - len(replies))
    table.add_row(
        *(
            Panel(Text(text.rstrip()), title=one.speaker.name, subtitle=foot, title_align="left", subtitle_align="left")
            for one, text, foot in zip(two, texts, feet, strict=True)
        )
    )
    return table


def _note(seen: Fitted, console: Console) -> None:
    if seen.note:
        console.print(Text(seen.note, style="yellow"))


def figures(reply: Reply) -> str:
    """What an answer took, and why it ended if not by itself."""
    why = {"end": "", "length": ", cut at the limit", "stopped": ", stopped"}[reply.stop]
    return f"{reply.tokens:,} tokens, {reply.seconds:.1f} s{why}"

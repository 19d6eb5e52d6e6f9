"""Prints answers on the terminal: streamed, or two side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hackmentor.chat.chat_model import ChatReply
from hackmentor.chat.conversation import Conversation, TruncatedConversation
from hackmentor.runtime.terminal import escape_control_characters

_WORDS_AND_SPACES = re.compile(r"\n|[^\S\n]+|\S+")
# Terminal lines that the frames around two answers take.
_FRAME_LINES = 6


class WrappingWriter:
    """Writes streamed text, breaking lines between words."""

    def __init__(self, write: Callable[[str], object], width: int) -> None:
        self._write, self._width, self._column = write, width, 0

    def __call__(self, chunk: str) -> None:
        """Writes a chunk of text, with control characters made visible."""
        for part in _WORDS_AND_SPACES.findall(escape_control_characters(chunk)):
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


def print_reply(conversation: Conversation, text: str, console: Console) -> ChatReply:
    """Sends a message and prints the answer as it is generated."""
    spinner = console.status("", spinner="dots")
    write = WrappingWriter(lambda part: (console.file.write(part), console.file.flush()), console.width)

    def show(chunk: str) -> None:
        spinner.stop()
        write(chunk)

    with spinner:
        reply = conversation.send(text, show, on_truncated=lambda visible: _print_note(visible, console))
    console.print()
    console.print(Text(format_reply_stats(reply), style="dim"))
    return reply


def print_replies_side_by_side(conversations: Sequence[Conversation], text: str, console: Console) -> list[ChatReply]:
    """Sends a message to two conversations and prints the answers in two columns."""
    texts = ["" for _ in conversations]
    replies: list[ChatReply] = []

    def render_columns() -> RenderableType:
        # While the answers grow, only the ends that fit on the screen.
        max_chars = max(1, (console.height - _FRAME_LINES) * (console.width // 2 - 4))
        return _build_columns(conversations, [escape_control_characters(text)[-max_chars:] for text in texts], replies)

    with Live(
        console=console, transient=True, get_renderable=render_columns, refresh_per_second=8, redirect_stdout=False
    ):
        for side, conversation in enumerate(conversations):

            def show(chunk: str, side: int = side) -> None:
                texts[side] += chunk

            replies.append(conversation.send(text, show, on_truncated=lambda visible: _print_note(visible, console)))
    console.print(_build_columns(conversations, [escape_control_characters(text) for text in texts], replies))
    return replies


def _build_columns(conversations: Sequence[Conversation], texts: Sequence[str], replies: Sequence[ChatReply]) -> Table:
    table = Table.grid(expand=True)
    for _ in conversations:
        table.add_column(ratio=1)
    subtitles = [format_reply_stats(reply) for reply in replies] + ["…"] * (len(conversations) - len(replies))
    table.add_row(
        *(
            Panel(
                Text(text.rstrip()),
                title=conversation.model.name,
                subtitle=subtitle,
                title_align="left",
                subtitle_align="left",
            )
            for conversation, text, subtitle in zip(conversations, texts, subtitles, strict=True)
        )
    )
    return table


def _print_note(visible: TruncatedConversation, console: Console) -> None:
    if visible.note:
        console.print(Text(visible.note, style="yellow"))


def format_reply_stats(reply: ChatReply) -> str:
    """Tokens and seconds of an answer, and why it ended if not by itself."""
    ending = {"end": "", "length": ", cut at the limit", "stopped": ", stopped"}[reply.stop]
    return f"{reply.tokens:,} tokens, {reply.seconds:.1f} s{ending}"

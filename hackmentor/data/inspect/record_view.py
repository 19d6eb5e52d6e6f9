"""One record on the terminal: where it is from, and each of its tokens as the model sees it.

With colours a style says what a token is. Without (piped, NO_COLOR) marks around it say so, and a mark that occurs in
the text of a record is written as its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hackmentor.data.inspect.token_spans import Piece
from hackmentor.records.record import Record
from hackmentor.runtime.terminal import inert

TRAINED, CONTROL, BORDER = "⟦⟧", "‹›", "│"
CUT = "bold red"


def console() -> Console:
    """Where everything goes: text of foreign origin is neither markup nor emoji to it."""
    return Console(markup=False, emoji=False, highlight=False)


def coloured(out: Console) -> bool:
    """Whether colours can say what a token is."""
    return out.color_system is not None and not out.no_color


def show_legend(out: Console) -> None:
    """Says how the kinds of token look."""
    samples = [
        [Piece("trained on", control=False, trained=True, beyond=False)],
        [Piece("given", control=False, trained=False, beyond=False)],
        [Piece("<control token of the template>", control=True, trained=False, beyond=False)],
    ]
    if coloured(out):
        samples.append([Piece("beyond the cutoff", control=False, trained=False, beyond=True)])
    shown = [as_text(sample, colours=coloured(out), borders=False) for sample in samples]
    out.print(Text("   ").join(shown), soft_wrap=True)


def show_record(
    out: Console, record: Record, parts: Sequence[tuple[str, Sequence[Piece]]], *, facts: dict[str, str], borders: bool
) -> None:
    """Prints a record in parts, each after its line, if it has one. `facts` stand beside its origin."""
    out.print()
    out.print(Rule(Text(inert(record.id)), align="left", style="bold"))
    origin = {
        "source": f"{record.source}, {record.upstream_id} of version {record.upstream_version}",
        "licence": record.licence,
        "made by": record.made_by,
        "task": record.task,
    }
    grid = Table.grid(padding=(0, 2))
    for name, value in (origin | facts).items():
        grid.add_row(Text(name, style="dim"), Text(inert(value)))
    out.print(grid)
    out.print()
    for line, part in parts:
        if line:
            out.print(Text(f"──── {line} ────", style=CUT), soft_wrap=True)
        text = as_text(part, colours=coloured(out), borders=borders)
        # A terminal gets whole words a line; a file gets the lines of the record.
        out.print(text, soft_wrap=not out.is_terminal)


def as_text(pieces: Iterable[Piece], *, colours: bool, borders: bool) -> Text:
    """The pieces in a row, styled or marked; `borders` puts a mark between two tokens."""
    text = Text()
    for trained, run in groupby(pieces, key=lambda piece: piece.trained):
        shown = [_styled(piece, colours) for piece in run]
        joined = Text(BORDER, style="dim").join(shown) if borders else Text().join(shown)
        if borders and text:
            text.append(BORDER, style="dim")
        text.append_text(joined if colours or not trained else Text.assemble(TRAINED[0], joined, TRAINED[1]))
    return text


def _styled(piece: Piece, colours: bool) -> Text:
    if not colours:
        said = _unmarked(piece.text)
        return Text(f"{CONTROL[0]}{said}{CONTROL[1]}" if piece.control else said)
    style = [("green", piece.trained), ("reverse", piece.control), ("dim", piece.beyond)]
    return Text(inert(piece.text), style=" ".join(name for name, holds in style if holds))


def _unmarked(text: str) -> str:
    marks = f"{TRAINED}{CONTROL}{BORDER}"
    return "".join(f"\\x{ord(c):02x}" if c in marks else c for c in inert(text))

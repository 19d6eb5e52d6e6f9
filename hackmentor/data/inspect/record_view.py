"""Prints one record: its provenance, and each of its tokens as the model sees it.

With colours, a style tells the kinds of token apart. Without (piped, NO_COLOR), marks around them do, and a mark that
occurs in the text of a record is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hackmentor.data.inspect.token_spans import TokenSpan
from hackmentor.records.record import Record
from hackmentor.runtime.terminal import escape_control_characters

TRAINED_MARKS, CONTROL_MARKS, TOKEN_BORDER = "⟦⟧", "‹›", "│"
CUT_STYLE = "bold red"


def make_console() -> Console:
    """A console that prints text from records as it is, without markup or emoji."""
    return Console(markup=False, emoji=False, highlight=False)


def has_colours(console: Console) -> bool:
    """Whether the console can show colours."""
    return console.color_system is not None and not console.no_color


def print_legend(console: Console) -> None:
    """Prints how each kind of token looks."""
    samples = [
        [TokenSpan("trained on", control=False, trained=True, beyond_cutoff=False)],
        [TokenSpan("given", control=False, trained=False, beyond_cutoff=False)],
        [TokenSpan("<control token of the template>", control=True, trained=False, beyond_cutoff=False)],
    ]
    if has_colours(console):
        samples.append([TokenSpan("beyond the cutoff", control=False, trained=False, beyond_cutoff=True)])
    shown = [format_spans(sample, colours=has_colours(console), borders=False) for sample in samples]
    console.print(Text("   ").join(shown), soft_wrap=True)


def print_record(
    console: Console,
    record: Record,
    parts: Sequence[tuple[str, Sequence[TokenSpan]]],
    *,
    details: dict[str, str],
    borders: bool,
) -> None:
    """Prints a record in parts, each below its line, if it has one. `details` are listed with its provenance."""
    console.print()
    console.print(Rule(Text(escape_control_characters(record.id)), align="left", style="bold"))
    origin = {
        "source": f"{record.source}, {record.upstream_id} of version {record.upstream_version}",
        "licence": record.licence,
        "made by": record.made_by,
        "task": record.task,
    }
    grid = Table.grid(padding=(0, 2))
    for name, value in (origin | details).items():
        grid.add_row(Text(name, style="dim"), Text(escape_control_characters(value)))
    console.print(grid)
    console.print()
    for line, part in parts:
        if line:
            console.print(Text(f"──── {line} ────", style=CUT_STYLE), soft_wrap=True)
        text = format_spans(part, colours=has_colours(console), borders=borders)
        # A terminal gets whole words a line; a file gets the lines of the record.
        console.print(text, soft_wrap=not console.is_terminal)


def format_spans(spans: Iterable[TokenSpan], *, colours: bool, borders: bool) -> Text:
    """The pieces in a row, styled or marked; `borders` puts a mark between two tokens."""
    text = Text()
    for trained, run in groupby(spans, key=lambda span: span.trained):
        shown = [_format_span(span, colours) for span in run]
        joined = Text(TOKEN_BORDER, style="dim").join(shown) if borders else Text().join(shown)
        if borders and text:
            text.append(TOKEN_BORDER, style="dim")
        text.append_text(
            joined if colours or not trained else Text.assemble(TRAINED_MARKS[0], joined, TRAINED_MARKS[1])
        )
    return text


def _format_span(span: TokenSpan, colours: bool) -> Text:
    if not colours:
        text = _escape_marks(span.text)
        return Text(f"{CONTROL_MARKS[0]}{text}{CONTROL_MARKS[1]}" if span.control else text)
    style = [("green", span.trained), ("reverse", span.control), ("dim", span.beyond_cutoff)]
    return Text(escape_control_characters(span.text), style=" ".join(name for name, holds in style if holds))


def _escape_marks(text: str) -> str:
    marks = f"{TRAINED_MARKS}{CONTROL_MARKS}{TOKEN_BORDER}"
    return "".join(f"\\x{ord(c):02x}" if c in marks else c for c in escape_control_characters(text))

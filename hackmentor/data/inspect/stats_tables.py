"""The figures of a data set on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.bar import Bar
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hackmentor.data.inspect.length_stats import Bin, Figures, Group, total
from hackmentor.runtime.terminal import inert

MOST_TASKS = 10
BAR_WIDTH = 36


def show_title(out: Console, described: Mapping[str, Any], file: Path, records: int) -> None:
    """Says which data set is shown, and to whom."""
    out.print(Rule(Text(f"{described['data']} as {described['base']} sees it"), characters="═", style="bold"))
    sample = "" if described["max_records"] is None else "an even sample of "
    out.print(Text(f"{sample}{records:,} records of {file}, template {described['template']}"), soft_wrap=True)


def show_figures(out: Console, figures: Figures, *, cutoff: int) -> None:
    """Prints all tables; the configured cutoff stands out."""
    out.print(Rule(Text(f"all {figures.records:,} records"), align="left", style="bold"))
    out.print(
        f"{figures.tokens:,} tokens, of which {figures.trained_tokens:,} are trained on "
        f"({share(figures.trained_tokens, figures.tokens)})"
    )
    for table in (
        _histogram(figures.histogram, cutoff, longest=figures.percentiles[100]),
        _percentiles(figures),
        _groups("by source", figures.sources, figures.tokens),
        _groups("by task", figures.tasks, figures.tokens),
        _cutoffs(figures, cutoff),
    ):
        out.print()
        out.print(table)


def share(part: int, whole: int) -> str:
    """A part in per cent; what is not nothing is never shown as 0 %."""
    per_cent = 100 * part / whole
    return "<0.1 %" if 0 < per_cent < 0.1 else f"{per_cent:.1f} %"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, column in enumerate(columns):
        table.add_column(Text(column, style="dim"), justify="right" if place else "left", no_wrap=True)
    return table


def _histogram(bins: Sequence[Bin], cutoff: int, *, longest: int) -> Table:
    table = _table("tokens a record", "tokens", "records")
    table.add_column()
    most = max(one.records for one in bins)
    for one in bins:
        reach = f"{one.low:,} and more" if one.high is None else f"{one.low:,} to {one.high:,}"
        here = one.low <= cutoff <= (longest if one.high is None else one.high)
        row = Table.grid(padding=(0, 1))
        row.add_row(
            Bar(most, 0, one.records, width=BAR_WIDTH), Text(f"← train.cutoff={cutoff}" if here else "", style="red")
        )
        table.add_row(reach, f"{one.records:,}", row)
    return table


def _percentiles(figures: Figures) -> Table:
    names = {0: "shortest", 50: "median", 100: "longest"}
    table = _table("", "percentile", *(names.get(one, f"{one} %") for one in figures.percentiles))
    for name, found in (("tokens", figures.percentiles), ("trained on", figures.trained_percentiles)):
        table.add_row(name, *(f"{length:,}" for length in found.values()))
    return table


def _groups(title: str, groups: Sequence[Group], whole: int) -> Table:
    table = _table(title, "", "records", "tokens", "share", "trained on")
    for group in groups[:MOST_TASKS]:
        table.add_row(Text(inert(group.name)), *_counts(group, whole))
    if rest := groups[MOST_TASKS:]:
        table.add_row(f"{len(rest)} more", *_counts(total(rest), whole), style="dim")
    return table


def _counts(group: Group, whole: int) -> tuple[str, str, str, str]:
    return f"{group.records:,}", f"{group.tokens:,}", share(group.tokens, whole), f"{group.trained_tokens:,}"


def _cutoffs(figures: Figures, configured: int) -> Table:
    columns = "train.cutoff", "records over", "drop loses", "truncate", "split", "nothing left"
    table = _table("what a cutoff does", *columns)
    for one in figures.cutoffs:
        row = (
            f"{one.cutoff:,}",
            _with_share(one.over, figures.records),
            share(one.lost_by_drop, figures.trained_tokens),
            share(one.lost_by_truncate, figures.trained_tokens),
            share(one.lost_by_split, figures.trained_tokens),
            f"{one.nothing_left:,}",
        )
        table.add_row(*row, style="bold" if one.cutoff == configured else "")
    table.caption = (
        "What train.overlength=drop, =truncate and =split would lose, of the trained tokens. Nothing left: records "
        "whose answers all lie beyond the cutoff, which truncate leaves out as well."
    )
    table.caption_justify = "left"
    return table


def _with_share(part: int, whole: int) -> str:
    return f"{part:,} {share(part, whole):>7}"

"""Prints the length statistics of a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.bar import Bar
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hackmentor.data.inspect.length_stats import GroupStats, HistogramBin, LengthStats, sum_groups
from hackmentor.runtime.terminal import escape_control_characters

MAX_GROUPS = 10
BAR_WIDTH = 36


def print_title(console: Console, description: Mapping[str, Any], file: Path, record_count: int) -> None:
    """Prints which dataset is shown, and for which base."""
    console.print(Rule(Text(f"{description['data']} as {description['base']} sees it"), characters="═", style="bold"))
    sample = "" if description["max_records"] is None else "an even sample of "
    console.print(
        Text(f"{sample}{record_count:,} records of {file}, template {description['template']}"), soft_wrap=True
    )


def print_length_stats(console: Console, stats: LengthStats, *, cutoff: int) -> None:
    """Prints all tables, with the configured cutoff highlighted."""
    console.print(Rule(Text(f"all {stats.records:,} records"), align="left", style="bold"))
    console.print(
        f"{stats.tokens:,} tokens, of which {stats.trained_tokens:,} are trained on "
        f"({format_share(stats.trained_tokens, stats.tokens)})"
    )
    for table in (
        _make_histogram_table(stats.histogram, cutoff, longest=stats.percentiles[100]),
        _make_percentile_table(stats),
        _make_group_table("by source", stats.sources, stats.tokens),
        _make_group_table("by task", stats.tasks, stats.tokens),
        _make_cutoff_table(stats, cutoff),
    ):
        console.print()
        console.print(table)


def format_share(part: int, whole: int) -> str:
    """A part in per cent; a part above zero is never shown as 0 %."""
    per_cent = 100 * part / whole
    return "<0.1 %" if 0 < per_cent < 0.1 else f"{per_cent:.1f} %"


def _make_table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, column in enumerate(columns):
        table.add_column(Text(column, style="dim"), justify="right" if place else "left", no_wrap=True)
    return table


def _make_histogram_table(bins: Sequence[HistogramBin], cutoff: int, *, longest: int) -> Table:
    table = _make_table("tokens a record", "tokens", "records")
    table.add_column()
    max_count = max(entry.records for entry in bins)
    for entry in bins:
        range_label = f"{entry.low:,} and more" if entry.high is None else f"{entry.low:,} to {entry.high:,}"
        is_configured = entry.low <= cutoff <= (longest if entry.high is None else entry.high)
        row = Table.grid(padding=(0, 1))
        row.add_row(
            Bar(max_count, 0, entry.records, width=BAR_WIDTH),
            Text(f"← train.cutoff={cutoff}" if is_configured else "", style="red"),
        )
        table.add_row(range_label, f"{entry.records:,}", row)
    return table


def _make_percentile_table(stats: LengthStats) -> Table:
    names = {0: "shortest", 50: "median", 100: "longest"}
    table = _make_table("", "percentile", *(names.get(entry, f"{entry} %") for entry in stats.percentiles))
    for name, lengths in (("tokens", stats.percentiles), ("trained on", stats.trained_percentiles)):
        table.add_row(name, *(f"{length:,}" for length in lengths.values()))
    return table


def _make_group_table(title: str, groups: Sequence[GroupStats], total_tokens: int) -> Table:
    table = _make_table(title, "", "records", "tokens", "share", "trained on")
    for group in groups[:MAX_GROUPS]:
        table.add_row(Text(escape_control_characters(group.name)), *_format_group_counts(group, total_tokens))
    if rest := groups[MAX_GROUPS:]:
        table.add_row(f"{len(rest)} more", *_format_group_counts(sum_groups(rest), total_tokens), style="dim")
    return table


def _format_group_counts(group: GroupStats, total_tokens: int) -> tuple[str, str, str, str]:
    return (
        f"{group.records:,}",
        f"{group.tokens:,}",
        format_share(group.tokens, total_tokens),
        f"{group.trained_tokens:,}",
    )


def _make_cutoff_table(stats: LengthStats, configured: int) -> Table:
    columns = "train.cutoff", "records over", "drop loses", "truncate", "split", "nothing left"
    table = _make_table("what a cutoff does", *columns)
    for entry in stats.cutoffs:
        row = (
            f"{entry.cutoff:,}",
            _format_count_with_share(entry.over, stats.records),
            format_share(entry.lost_by_drop, stats.trained_tokens),
            format_share(entry.lost_by_truncate, stats.trained_tokens),
            format_share(entry.lost_by_split, stats.trained_tokens),
            f"{entry.nothing_left:,}",
        )
        table.add_row(*row, style="bold" if entry.cutoff == configured else "")
    table.caption = (
        "What train.overlength=drop, =truncate and =split would lose, of the trained tokens. Nothing left: records "
        "whose answers all lie beyond the cutoff, which truncate leaves out as well."
    )
    table.caption_justify = "left"
    return table


def _format_count_with_share(part: int, whole: int) -> str:
    return f"{part:,} {format_share(part, whole):>7}"

"""A table of what a dataset contains and what was left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hackmentor.records.dataset_card import DatasetCard
from hackmentor.runtime.terminal import escape_control_characters


def print_card(card: DatasetCard, folder: Path, *, build_time: str) -> None:
    """Prints the counts of a dataset: kept by source, dropped by reason. An empty `build_time`: it existed already."""
    table = Table(title=f"{card.name}: {folder}{'' if build_time else ' (already there)'}", title_justify="left")
    for column in ("", "train", "eval"):
        table.add_column(column, justify="left" if not column else "right")
    for source in sorted({*card.sources, *card.train.by_source, *card.eval.by_source}, key=_make_source_sort_key(card)):
        table.add_row(
            escape_control_characters(source),
            str(card.train.by_source.get(source, 0)),
            str(card.eval.by_source.get(source, 0)),
        )
    table.add_row("records", str(card.train.total), str(card.eval.total), style="bold")
    table.add_row("words", str(card.train.words), str(card.eval.words))
    kinds = "task kinds" if card.shape == "iio" else "dialogue templates"
    table.add_row(kinds, str(len(card.train.by_task)), str(len(card.eval.by_task)))
    table.add_row(
        f"most common opening: {escape_control_characters(card.opening.words)!r}",
        f"{card.opening.share:.1%}",
        "of both",
    )
    for task, count in card.copies.items():
        table.add_row(f"copies of {escape_control_characters(task)}", str(count), "", style="dim")
    for name, share in card.shares.items():
        table.add_row(f"{name}, copies included", f"{share:.1%}", "")
    for outcome, counted in (("left out", card.dropped), ("masked", card.masked), ("repaired", card.repaired)):
        for reason, item in counted.items():
            table.add_row(f"{outcome}, {escape_control_characters(reason)}", str(item.count), "", style="dim")
    for key, count in card.unread.items():
        table.add_row(f"not read, {escape_control_characters(key)}", str(count), "", style="dim")
    # Names and openings come from files: a bracket in them is text, not markup.
    console = Console(markup=False, emoji=False)
    console.print(table)
    if build_time:
        console.print(f"built in {build_time}", soft_wrap=True, highlight=False)


def _make_source_sort_key(card: DatasetCard) -> Callable[[str], tuple[int, str]]:
    """Sources in the order of the card, followed by sources that imported records name themselves."""
    return lambda source: (card.sources.index(source) if source in card.sources else len(card.sources), source)

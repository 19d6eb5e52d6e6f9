"""What a data set holds and what was left out, as tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hackmentor.records.dataset_card import Card
from hackmentor.runtime.terminal import inert


def show(card: Card, folder: Path, *, took: str) -> None:
    """Prints the counts of a data set: kept by source, dropped by reason. `took` is empty if it was there already."""
    table = Table(title=f"{card.name}: {folder}{'' if took else ' (already there)'}", title_justify="left")
    for column in ("", "train", "eval"):
        table.add_column(column, justify="left" if not column else "right")
    for source in sorted({*card.sources, *card.train.by_source, *card.eval.by_source}, key=_place(card)):
        table.add_row(inert(source), str(card.train.by_source.get(source, 0)), str(card.eval.by_source.get(source, 0)))
    table.add_row("records", str(card.train.total), str(card.eval.total), style="bold")
    table.add_row("words", str(card.train.words), str(card.eval.words))
    kinds = "task kinds" if card.shape == "iio" else "dialogue plans"
    table.add_row(kinds, str(len(card.train.by_task)), str(len(card.eval.by_task)))
    table.add_row(f"most common opening: {inert(card.opening.words)!r}", f"{card.opening.share:.1%}", "of both")
    for what, noted in (("left out", card.dropped), ("masked", card.masked), ("repaired", card.repaired)):
        for reason, item in noted.items():
            table.add_row(f"{what}, {inert(reason)}", str(item.count), "", style="dim")
    # Names and openings come from files: a bracket in them is text, not markup.
    console = Console(markup=False, emoji=False)
    console.print(table)
    if took:
        console.print(f"built in {took}", soft_wrap=True, highlight=False)


def _place(card: Card) -> Callable[[str], tuple[int, str]]:
    """Sources in the order of the card; records that came with a source of their own after them."""
    return lambda source: (card.sources.index(source) if source in card.sources else len(card.sources), source)

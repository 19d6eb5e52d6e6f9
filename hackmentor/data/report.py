"""What a data set holds and what was left out, as tables."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from hackmentor.data.card import Card


def show(card: Card, folder: Path, *, already: bool) -> None:
    """Prints the counts of a data set: kept by source, dropped by reason."""
    table = Table(title=f"{card.name}: {folder}{' (already there)' if already else ''}", title_justify="left")
    for column in ("", "train", "eval"):
        table.add_column(column, justify="left" if not column else "right")
    for source in card.sources:
        table.add_row(source, str(card.train.by_source.get(source, 0)), str(card.eval.by_source.get(source, 0)))
    table.add_row("records", str(card.train.total), str(card.eval.total), style="bold")
    table.add_row("words", str(card.train.words), str(card.eval.words))
    for reason, ids in sorted(card.dropped.items()):
        table.add_row(f"left out, {reason}", str(len(ids)), "", style="dim")
    Console().print(table)

"""Ratings as a table in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.runtime.terminal import inert, shortened

NAME_AT_MOST = 40


def show(summary: dict[str, Any], output: Path) -> None:
    """Prints the models, the best first, then in sentences what the ratings do and do not say."""
    console = Console()
    console.print(_table(summary))
    for sentence in (_drawn(summary), *summary["notes"], indistinct(summary["neighbours"]), _position(summary)):
        console.print(Text(inert(sentence)))
    console.print(Text(f"results: {output}"), soft_wrap=True)


def _table(summary: dict[str, Any]) -> Table:
    against = summary["reference"]
    table = Table(title=Text(f"ratings from {summary['battles']:,} battles"), title_justify="left")
    table.add_column("", overflow="fold", min_width=12)
    for heading in ("Bradley-Terry [95 %]", "Elo", "battles", "win/tie/loss", "score"):
        table.add_column(heading, justify="right", no_wrap=True)
    for model, strength in summary["bradley_terry"].items():
        rating = f"{strength['rating']:.0f} [{strength['low']:.0f}, {strength['high']:.0f}]"
        cells = [rating, f"{summary['elo'][model]:.0f}", *_won(summary, model)]
        table.add_row(_name(model), *(Text(cell) for cell in cells), style="bold" if model == against else None)
    if against is not None:
        table.caption = Text(f"battles, win/tie/loss and score are those against {inert(against)}")
    return table


def _won(summary: dict[str, Any], model: str) -> tuple[str, str, str]:
    rate = summary["win_rate"].get(model)
    if rate is None:
        return "", "reference", ""
    battles = rate["wins"] + rate["ties"] + rate["losses"]
    score = "" if rate["score"] is None else f"{rate['score']:.3f}"
    return f"{battles:,}", f"{rate['wins']:,}/{rate['ties']:,}/{rate['losses']:,}", score


def _name(model: str) -> Text:
    return Text(shortened(inert(model), NAME_AT_MOST).replace("\n", " ").replace("\t", " "))


def _drawn(summary: dict[str, Any]) -> str:
    unit = f"the {summary['questions']:,} questions" if summary["questions"] else "single battles"
    return (
        f"Intervals from {summary['rounds']:,} resamples of {unit}, seed {summary['seed']}; Elo depends on row order."
    )


def indistinct(neighbours: list[dict[str, Any]]) -> str:
    """One sentence: which neighbours in the ranking may as well be equal."""
    close = [f"{pair['better']} and {pair['worse']}" for pair in neighbours if not pair["distinguishable"]]
    if not close:
        return "Each model is distinguishable from the next in rank."
    return f"Not distinguishable (the 95 % interval of their difference holds 0): {'; '.join(close)}."


def _position(summary: dict[str, Any]) -> str:
    effect = summary["position"]
    if effect["elo"] is None:
        return "What it is worth to be shown first cannot be told from these battles."
    interval = "" if effect["low"] is None else f" [{effect['low']:+.0f}, {effect['high']:+.0f}]"
    return f"Being shown first is worth {effect['elo']:+.0f} points{interval}."

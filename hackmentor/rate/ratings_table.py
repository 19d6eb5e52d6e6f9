"""Ratings as a table in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.evaluate.ratings.length_sentences import format_points
from hackmentor.runtime.terminal import escape_control_characters, truncate_text

MAX_NAME_LENGTH = 40


def print_ratings(summary: dict[str, Any], output: Path) -> None:
    """Prints the models, the best first, then the limits of the ratings in sentences."""
    console = Console()
    console.print(_build_table(summary))
    for sentence in (
        _describe_resampling(summary),
        *summary["notes"],
        describe_indistinguishable(summary["neighbours"]),
        _describe_position_effect(summary),
        *_describe_length_effect(summary),
    ):
        console.print(Text(escape_control_characters(sentence)))
    console.print(Text(f"results: {output}"), soft_wrap=True)


def _build_table(summary: dict[str, Any]) -> Table:
    reference = summary["reference"]
    table = Table(title=Text(f"ratings from {summary['battles']:,} battles"), title_justify="left")
    table.add_column("", overflow="fold", min_width=12)
    controlled = summary.get("length_control", {}).get("bradley_terry")
    headings = ["Bradley-Terry [95 %]", *(["at equal length"] if controlled else []), "Elo", "battles", "win/tie/loss"]
    for heading in (*headings, "score"):
        table.add_column(heading, justify="right", no_wrap=True)
    for model, strength in summary["bradley_terry"].items():
        ratings = [_format_rating(strength), *([_format_rating(controlled.get(model))] if controlled else [])]
        cells = [*ratings, f"{summary['elo'][model]:.0f}", *_win_cells(summary, model)]
        table.add_row(
            _format_name(model), *(Text(cell) for cell in cells), style="bold" if model == reference else None
        )
    if reference is not None:
        table.caption = Text(
            f"battles, win/tie/loss and score are those against {escape_control_characters(reference)}"
        )
    return table


def _format_rating(strength: dict[str, float | None] | None) -> str:
    if strength is None:
        return ""
    interval = "" if strength["low"] is None else f" [{strength['low']:.0f}, {strength['high']:.0f}]"
    return f"{strength['rating']:.0f}{interval}"


def _describe_length_effect(summary: dict[str, Any]) -> Iterator[str]:
    control = summary.get("length_control")
    if control:
        yield (
            f"Being longer by one standard deviation is worth {format_points(control['effect'])}, over "
            f"{control['battles']:,} battles whose lengths are known."
        )


def _win_cells(summary: dict[str, Any], model: str) -> tuple[str, str, str]:
    rate = summary["win_rate"].get(model)
    if rate is None:
        return "", "reference", ""
    battles = rate["wins"] + rate["ties"] + rate["losses"]
    score = "" if rate["score"] is None else f"{rate['score']:.3f}"
    return f"{battles:,}", f"{rate['wins']:,}/{rate['ties']:,}/{rate['losses']:,}", score


def _format_name(model: str) -> Text:
    return Text(truncate_text(escape_control_characters(model), MAX_NAME_LENGTH).replace("\n", " ").replace("\t", " "))


def _describe_resampling(summary: dict[str, Any]) -> str:
    unit = f"the {summary['questions']:,} questions" if summary["questions"] else "single battles"
    if summary["clusters"]:
        unit = f"the {summary['clusters']:,} clusters of questions"
    return (
        f"Intervals from {summary['rounds']:,} resamples of {unit}, seed {summary['seed']}; Elo depends on row order."
    )


def describe_indistinguishable(neighbours: list[dict[str, Any]]) -> str:
    """One sentence on which neighbours in the ranking can't be told apart."""
    pairs = [f"{pair['better']} and {pair['worse']}" for pair in neighbours if not pair["distinguishable"]]
    if not pairs:
        return "Each model is distinguishable from the next in rank."
    return f"Not distinguishable (the 95 % interval of their difference holds 0): {'; '.join(pairs)}."


def _describe_position_effect(summary: dict[str, Any]) -> str:
    effect = summary["position"]
    if effect["elo"] is None:
        return "These battles don't determine what being shown first is worth."
    interval = "" if effect["low"] is None else f" [{effect['low']:+.0f}, {effect['high']:+.0f}]"
    return f"Being shown first is worth {effect['elo']:+.0f} points{interval}."

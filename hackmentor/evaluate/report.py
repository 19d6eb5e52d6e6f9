"""The comparison as one table in the terminal and one JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.evaluate.answer import Answer
from hackmentor.evaluate.compare import paired_difference
from hackmentor.evaluate.contestants import Contestant, Field, figures_of
from hackmentor.terminal import inert, shortened


def compare(field: Field, *, seed: int) -> dict[str, Any]:
    """One row a contestant: loss and perplexity for each shape, and for a cell the difference to its own base."""
    rows: list[dict[str, Any]] = []
    measured = {contestant.name: figures_of(contestant) or {} for contestant in field.contestants}
    for contestant in field.contestants:
        own, base = measured[contestant.name]["shapes"], measured[contestant.config.untuned]["shapes"]
        shapes = {shape: _figures(own[shape], base[shape] if contestant.tuned else None, seed) for shape in own}
        trained_on = contestant.config.data.name if contestant.tuned else None
        rows.append({"name": contestant.name, "trained_on": trained_on, "shapes": shapes})
    return {"rows": rows, "not_trained": field.missing}


def _figures(own: dict[str, Any], base: dict[str, Any] | None, seed: int) -> dict[str, Any]:
    figures = {key: own[key] for key in ("loss", "perplexity")}
    figures |= {"records": len(own["records"]), "tokens": sum(record["tokens"] for record in own["records"])}
    figures["truncated"] = len(own["truncated"])
    if base is not None:
        difference = paired_difference(own["records"], base["records"], seed=seed)
        figures["difference"] = {"value": difference.value, "low": difference.low, "high": difference.high}
        figures["shown"] = difference.shown
    return figures


def show(comparison: dict[str, Any]) -> None:
    """Prints the table."""
    shapes = list(comparison["rows"][0]["shapes"])
    table = Table(
        title="loss on held-out answers, in nats a token (perplexity)",
        title_justify="left",
    )
    table.add_column("", no_wrap=True)
    for shape in shapes:
        table.add_column(shape)
        table.add_column("to its base", no_wrap=True)
    for row in comparison["rows"]:
        cells = [text for shape in shapes for text in _cells(row["shapes"][shape])]
        table.add_row(row["name"], *cells, style=None if row["trained_on"] else "dim")
    console = Console()
    console.print(table)
    sizes = ", ".join(
        f"{figures['records']} {shape} records ({figures['truncated']} cut)"
        for shape, figures in comparison["rows"][0]["shapes"].items()
    )
    console.print(f"on {sizes}; lower is better, [95 % interval]", style="dim", markup=False)
    for name in comparison["not_trained"]:
        console.print(f"not trained, so not compared: {name}", style="yellow")


def _cells(figures: dict[str, Any]) -> tuple[str, str]:
    loss = f"{figures['loss']:.3f} ({figures['perplexity']:.1f})"
    if "difference" not in figures:
        return loss, ""
    value, low, high = (figures["difference"][key] for key in ("value", "low", "high"))
    verdict = ("[green]better[/]" if value < 0 else "[red]worse[/]") if figures["shown"] else "none shown"
    return loss, f"{value:+.2f} {verdict}\n\\[{low:+.2f}, {high:+.2f}]"


def show_answers(contestants: Sequence[Contestant], answers: dict[str, list[Answer]]) -> None:
    """Prints the answers of all contestants to each question, side by side."""
    console = Console()
    table = Table(title="answers to held-out questions", title_justify="left", show_lines=True)
    table.add_column("question", ratio=1)
    for contestant in contestants:
        table.add_column(contestant.name, ratio=2, overflow="fold")
    for together in zip(*answers.values(), strict=True):
        said = [Text(shortened(inert(one.text), 240)) for one in together]
        table.add_row(Text(shortened(inert(together[0].question), 160)), *said)
    if table.row_count:
        console.print(table)


def written(path: Path) -> None:
    """Says where the results are."""
    Console().print(f"results: {path}", soft_wrap=True)

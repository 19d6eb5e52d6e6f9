"""The verdict in the terminal and as markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.evaluate.answer import Answer
from hackmentor.evaluate.verdict.findings import Finding, Measure
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.terminal import inert, shortened

COLOURS = {"better": "green", "worse": "red", "none shown": "dim"}
MARKS = {"better": "better", "worse": "WORSE", "none shown": "none shown"}


def show(verdict: Verdict) -> None:
    """Prints the ranking, what tuning did, and the verdict in words."""
    console = Console()
    console.print(_ranking_table(verdict))
    for note in _notes(verdict):
        console.print(Text(inert(note), style="dim"))
    if verdict.findings:
        console.print(_findings_table(verdict))
        console.print(Text("[95 % interval]; p from a sign-flip test, Holm-adjusted over the cells", style="dim"))
    console.print()
    console.print(Text(inert(verdict.paragraph)), style="bold")


def _notes(verdict: Verdict) -> Iterator[str]:
    if verdict.judge:
        skipped = sum(len(ids) for ids in verdict.judge["skipped"].values())
        yield (
            f"arena: {verdict.judge['battles']} battles judged by {verdict.judge['name']}"
            + (f", {skipped} pairs without a judgement" if skipped else "")
        )
    yield from verdict.notes
    if verdict.ratings is not None:
        yield from verdict.ratings["notes"]


def _ranking_table(verdict: Verdict) -> Table:
    table = Table(title=f"{verdict.experiment}: ranking by {verdict.decided_by}", title_justify="left")
    table.add_column("", no_wrap=True)
    if verdict.ratings is not None:
        table.add_column("Bradley-Terry", no_wrap=True)
    for measure in verdict.measures:
        arrow = "↑" if measure.good == "more" else "↓"
        table.add_column(f"{measure.title} {arrow}", justify="right")
    for name in _everyone(verdict):
        row = [_rating(verdict, name)] if verdict.ratings is not None else []
        row += [_value(measure, name) for measure in verdict.measures]
        table.add_row(Text(inert(name)), *row, style=None if name in verdict.bases else "dim")
    if any(measure.chance is not None for measure in verdict.measures):
        chances = ["" if measure.chance is None else f"{measure.chance:.2f}" for measure in verdict.measures]
        table.add_row("by chance", *([""] if verdict.ratings is not None else []), *chances, style="dim italic")
    return table


def _everyone(verdict: Verdict) -> list[str]:
    measured = {name: None for measure in verdict.measures for name in measure.scores}
    return list(dict.fromkeys([*verdict.ranking, *measured]))


def _rating(verdict: Verdict, name: str) -> str:
    rating = (verdict.ratings or {}).get("bradley_terry", {}).get(name)
    return "" if rating is None else f"{rating['rating']:.0f} \\[{rating['low']:.0f}, {rating['high']:.0f}]"


def _value(measure: Measure, name: str) -> str:
    return f"{measure.scores[name].value:.2f}" if name in measure.scores else ""


def _findings_table(verdict: Verdict) -> Table:
    table = Table(title="what tuning did", title_justify="left")
    for column in ("cell", "measure", "base", "cell", "difference", "p", "items", ""):
        table.add_column(column, no_wrap=column != "measure")
    titles = {measure.name: measure.title for measure in verdict.measures}
    last = ""
    for one in sorted(verdict.findings, key=lambda one: (one.cell, list(titles).index(one.measure))):
        name = "" if one.cell == last else inert(one.cell)
        last = one.cell
        table.add_row(Text(name), titles[one.measure], *_figures(one), style=COLOURS[one.outcome], end_section=False)
    return table


def _figures(one: Finding) -> tuple[str, ...]:
    gap = f"{one.difference:+.2f} \\[{one.low:+.2f}, {one.high:+.2f}]"
    return f"{one.base_value:.2f}", f"{one.value:.2f}", gap, f"{one.p:.3f}", str(one.items), MARKS[one.outcome]


def show_answers(answers: Mapping[str, Sequence[Answer]], most: int) -> None:
    """Prints the answers of all contestants to the first questions, side by side."""
    table = Table(title="answers side by side", title_justify="left", show_lines=True)
    table.add_column("question", ratio=1)
    for name in answers:
        table.add_column(Text(inert(name)), ratio=2, overflow="fold")
    for together in list(zip(*answers.values(), strict=False))[:most]:
        said = [Text(shortened(inert(one.text), 240)) for one in together]
        table.add_row(Text(shortened(inert(together[0].question), 160)), *said)
    if table.row_count:
        Console().print(table)


def to_markdown(verdict: Verdict) -> str:
    """The same as a page: for a pull request, a ticket or a wiki."""
    titles = {measure.name: measure.title for measure in verdict.measures}
    lines = [f"# {verdict.experiment}", "", _safe(verdict.paragraph), "", *map(_safe, _notes(verdict)), ""]
    lines += _row("contestant", *titles.values())
    lines += ["|" + "---|" * (len(titles) + 1)]
    for name in _everyone(verdict):
        lines += _row(_safe(name), *(_value(measure, name) for measure in verdict.measures))
    lines += ["", *_row("cell", "measure", "base", "cell", "difference", "p", "items", "shown"), "|" + "---|" * 8]
    for one in verdict.findings:
        lines += _row(_safe(one.cell), titles[one.measure], *(text.replace("\\", "") for text in _figures(one)))
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> list[str]:
    return ["| " + " | ".join(cells) + " |"]


def _safe(text: str) -> str:
    """Text that markdown shows and does not obey."""
    return inert(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def written(path: Path) -> None:
    """Says where the results are."""
    Console().print(f"results: {path}", soft_wrap=True, markup=False)

"""The verdict in the terminal and as markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.verdict.findings import Finding, Measure
from hackmentor.evaluate.verdict.paragraph import gap_of, p_of
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.runtime.terminal import inert, shortened

COLOURS = {"better": "green", "worse": "red", "none shown": "dim"}
FIGURES = ("measure", "base", "tuned", "difference", "p", "items", "")
TESTS = "[95 % interval]; p from a sign-flip test, of shares McNemar's exact test, Holm-adjusted over the cells"
MARKS = {"better": "better", "worse": "WORSE", "none shown": "none shown"}


def show(verdict: Verdict) -> None:
    """Prints the ranking, what tuning did, and the verdict in words."""
    console = Console()
    console.print(*_ranking_tables(verdict, console), sep="\n")
    for note in _notes(verdict):
        console.print(Text(inert(note), style="dim"))
    if verdict.findings:
        console.print(*_findings_tables(verdict), sep="\n")
        console.print(Text(TESTS, style="dim"))
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


def _ranking_tables(verdict: Verdict, console: Console) -> Iterator[Table]:
    """As many measures in a table as the terminal is wide: a figure that is cut off says nothing."""
    # Within the console's own width all would measure as fitting.
    boundless, together = console.options.update(max_width=10_000), list[Measure]()
    for measure in verdict.measures:
        table = _ranking_table(verdict, [*together, measure])
        if together and Measurement.get(console, boundless, table).minimum > console.width:
            yield _ranking_table(verdict, together)
            together = []
        together.append(measure)
    yield _ranking_table(verdict, together)


def _ranking_table(verdict: Verdict, measures: Sequence[Measure]) -> Table:
    table = Table(title=f"{verdict.experiment}: ranking by {verdict.decided_by}", title_justify="left")
    table.add_column("", overflow="fold")
    rated = verdict.ratings is not None and measures[0] is verdict.measures[0]
    ratings = {name: _rating(verdict, name) for name in _everyone(verdict)}
    if rated:
        table.add_column("Bradley-Terry", min_width=max(map(len, ratings.values())))
    for measure in measures:
        table.add_column(_headed(measure), justify="right")
    for name, rating in ratings.items():
        row = [Text(rating)] if rated else []
        row += [Text(_value(measure, name)) for measure in measures]
        table.add_row(Text(inert(name)), *row, style=None if name in verdict.bases else "dim")
    if any(measure.chance is not None for measure in measures):
        table.add_row("by chance", *([""] if rated else []), *map(_chance, measures), style="dim italic")
    return table


def _headed(measure: Measure) -> str:
    return f"{measure.title} {'↑' if measure.good == 'more' else '↓'}"


def _chance(measure: Measure) -> str:
    return "" if measure.chance is None else f"{measure.chance:.2f}"


def _everyone(verdict: Verdict) -> list[str]:
    measured = {name: None for measure in verdict.measures for name in measure.scores}
    return list(dict.fromkeys([*verdict.ranking, *measured]))


def _rating(verdict: Verdict, name: str) -> str:
    rating = (verdict.ratings or {}).get("bradley_terry", {}).get(name)
    return "" if rating is None else f"{rating['rating']:.0f} [{rating['low']:.0f}, {rating['high']:.0f}]"


def _value(measure: Measure, name: str) -> str:
    return f"{measure.scores[name].value:.2f}" if name in measure.scores else ""


def _findings_tables(verdict: Verdict) -> Iterator[Table]:
    for cell in dict.fromkeys(one.cell for one in verdict.findings):
        own = [one for one in verdict.findings if one.cell == cell]
        title = Text.assemble("what tuning did: ", inert(cell), " against ", inert(own[0].base))
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
        for column in FIGURES:
            table.add_column(column, no_wrap=column == "difference")
        for one in own:
            row = [_title(verdict, one), *_figures(one)]
            table.add_row(*map(Text, row), style=COLOURS[one.outcome])
        yield table


def _title(verdict: Verdict, one: Finding) -> str:
    return next(measure.title for measure in verdict.measures if measure.name == one.measure)


def _figures(one: Finding) -> tuple[str, ...]:
    p = p_of(one.p).removeprefix("p = ").removeprefix("p ")
    return f"{one.base_value:.2f}", f"{one.value:.2f}", gap_of(one), p, str(one.items), MARKS[one.outcome]


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
    lines = [f"# {verdict.experiment}", "", _safe(verdict.paragraph), "", *map(_safe, _notes(verdict)), ""]
    lines += _row("contestant", "Bradley-Terry", *map(_headed, verdict.measures))
    lines += ["|" + "---|" * (len(verdict.measures) + 2)]
    for name in _everyone(verdict):
        figures = (_value(measure, name) for measure in verdict.measures)
        lines += _row(_safe(name), _rating(verdict, name), *figures)
    lines += [*_row("by chance", "", *map(_chance, verdict.measures)), ""]
    if verdict.findings:
        lines += [*_row("tuned", *FIGURES[:-1], "shown"), "|" + "---|" * (len(FIGURES) + 1)]
        lines += [
            line for one in verdict.findings for line in _row(_safe(one.cell), _title(verdict, one), *_figures(one))
        ]
        lines += ["", TESTS]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> list[str]:
    return ["| " + " | ".join(cells) + " |"]


def _safe(text: str) -> str:
    """Text that markdown shows and does not obey."""
    return inert(text).replace("|", "\\|").replace("<", "&lt;").replace("](", "]\\(").replace("\n", " ")


def written(path: Path) -> None:
    """Says where the results are."""
    Console().print(f"results: {path}", soft_wrap=True, markup=False)

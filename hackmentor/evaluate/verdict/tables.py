"""The verdict in the terminal and as markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.verdict.exam_splits import COLUMNS as SPLIT_COLUMNS
from hackmentor.evaluate.verdict.exam_splits import build_split_tables, list_split_rows
from hackmentor.evaluate.verdict.exam_tables import build_exam_table, describe_exam, list_exam_rows
from hackmentor.evaluate.verdict.findings_tables import COLUMNS as FINDING_COLUMNS
from hackmentor.evaluate.verdict.findings_tables import build_findings_tables, describe_tests, list_finding_rows
from hackmentor.evaluate.verdict.measure import Measure
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.runtime.terminal import escape_control_characters, truncate_text


def print_verdict(verdict: Verdict) -> None:
    """Prints the ranking, the findings of each cell, and the verdict paragraph."""
    console = Console()
    console.print(*_build_ranking_tables(verdict, console), sep="\n")
    for standing in verdict.exams:
        console.print(build_exam_table(standing))
    for table in build_split_tables(verdict.exam_splits):
        console.print(table)
    for note in _list_notes(verdict):
        console.print(Text(escape_control_characters(note), style="dim"))
    if verdict.findings:
        console.print(*build_findings_tables(verdict), sep="\n")
        for note in describe_tests(verdict):
            console.print(Text(note, style="dim"))
    console.print()
    console.print(Text(escape_control_characters(verdict.paragraph)), style="bold")


def _list_notes(verdict: Verdict) -> Iterator[str]:
    if verdict.judge:
        reasons = {reason: len(ids) for reason, ids in verdict.judge["skipped"].items() if ids}
        told_apart = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
        yield (
            f"arena: {verdict.judge['battles']} battles judged by {verdict.judge['name']}"
            + (f", {sum(reasons.values())} pairs without a judgement: {told_apart}" if reasons else "")
        )
    yield from verdict.notes
    for standing in verdict.exams:
        yield from describe_exam(standing)
    if verdict.ratings is not None:
        yield from verdict.ratings["notes"]


def _build_ranking_tables(verdict: Verdict, console: Console) -> Iterator[Table]:
    """Puts as many measures in a table as the terminal has room for, so that no value is cut off."""
    # Measured within the console's own width, every table would seem to fit.
    unlimited, fitting = console.options.update(max_width=10_000), list[Measure]()
    for measure in verdict.measures:
        table = _build_ranking_table(verdict, [*fitting, measure])
        if fitting and Measurement.get(console, unlimited, table).minimum > console.width:
            yield _build_ranking_table(verdict, fitting)
            fitting = []
        fitting.append(measure)
    yield _build_ranking_table(verdict, fitting)


def _build_ranking_table(verdict: Verdict, measures: Sequence[Measure]) -> Table:
    table = Table(title=f"{verdict.experiment}: ranking by {verdict.decided_by}", title_justify="left")
    table.add_column("", overflow="fold")
    rated = verdict.ratings is not None and measures[0] is verdict.measures[0]
    ratings = {name: _format_rating(verdict, name) for name in _list_contestants(verdict)}
    if rated:
        table.add_column("Bradley-Terry", min_width=max(map(len, ratings.values())))
    for measure in measures:
        table.add_column(_heading(measure), justify="right")
    for name, rating in ratings.items():
        row = [Text(rating)] if rated else []
        row += [Text(_format_value(measure, name)) for measure in measures]
        table.add_row(Text(escape_control_characters(name)), *row, style=None if name in verdict.bases else "dim")
    if any(measure.chance is not None for measure in measures):
        table.add_row("by chance", *([""] if rated else []), *map(_format_chance, measures), style="dim italic")
    return table


def _heading(measure: Measure) -> str:
    return f"{measure.title} {'↑' if measure.direction == 'more' else '↓'}"


def _format_chance(measure: Measure) -> str:
    return "" if measure.chance is None else f"{measure.chance:.2f}"


def _list_contestants(verdict: Verdict) -> list[str]:
    measured = {name: None for measure in verdict.measures for name in measure.scores}
    return list(dict.fromkeys([*verdict.ranking, *measured]))


def _format_rating(verdict: Verdict, name: str) -> str:
    rating = (verdict.ratings or {}).get("bradley_terry", {}).get(name)
    return "" if rating is None else f"{rating['rating']:.0f} [{rating['low']:.0f}, {rating['high']:.0f}]"


def _format_value(measure: Measure, name: str) -> str:
    return f"{measure.scores[name].value:.2f}" if name in measure.scores else ""


def print_answers(answers: Mapping[str, Sequence[Answer]], max_questions: int) -> None:
    """Prints the answers of all contestants to the first questions, side by side."""
    table = Table(title="answers side by side", title_justify="left", show_lines=True)
    table.add_column("question", ratio=1)
    for name in answers:
        table.add_column(Text(escape_control_characters(name)), ratio=2, overflow="fold")
    for answer_row in list(zip(*answers.values(), strict=False))[:max_questions]:
        texts = [Text(truncate_text(escape_control_characters(answer.text), 240)) for answer in answer_row]
        table.add_row(Text(truncate_text(escape_control_characters(answer_row[0].question), 160)), *texts)
    if table.row_count:
        Console().print(table)


def verdict_to_markdown(verdict: Verdict) -> str:
    """The verdict as a markdown page, for a pull request, a ticket or a wiki."""
    lines = [
        f"# {verdict.experiment}",
        "",
        _escape_markdown(verdict.paragraph),
        "",
        *map(_escape_markdown, _list_notes(verdict)),
        "",
    ]
    lines += _markdown_row("contestant", "Bradley-Terry", *map(_heading, verdict.measures))
    lines += ["|" + "---|" * (len(verdict.measures) + 2)]
    for name in _list_contestants(verdict):
        values = (_format_value(measure, name) for measure in verdict.measures)
        lines += _markdown_row(_escape_markdown(name), _format_rating(verdict, name), *values)
    lines += [*_markdown_row("by chance", "", *map(_format_chance, verdict.measures)), ""]
    for standing in verdict.exams:
        (name,), header, *rows = list_exam_rows([standing])
        lines += [_escape_markdown(name), "", *_markdown_row(*header), "|" + "---|" * len(header)]
        lines += [line for row in rows for line in _markdown_row(*map(_escape_markdown, row))] + [""]
    if verdict.exam_splits:
        lines += [*_markdown_row("tuned", "exam", *SPLIT_COLUMNS), "|" + "---|" * (len(SPLIT_COLUMNS) + 2)]
        for split, row in zip(verdict.exam_splits, list_split_rows(verdict.exam_splits), strict=True):
            lines += _markdown_row(*map(_escape_markdown, (split.cell, *row)))
        lines += [""]
    if verdict.findings:
        lines += [*_markdown_row("tuned", *FINDING_COLUMNS[:-1], "shown"), "|" + "---|" * (len(FINDING_COLUMNS) + 1)]
        for finding, row in zip(verdict.findings, list_finding_rows(verdict), strict=True):
            lines += _markdown_row(_escape_markdown(finding.cell), *row)
        lines += ["", *describe_tests(verdict)]
    return "\n".join(lines) + "\n"


def _markdown_row(*cells: str) -> list[str]:
    return ["| " + " | ".join(cells) + " |"]


def _escape_markdown(text: str) -> str:
    """Escapes text so that markdown shows it literally."""
    return (
        escape_control_characters(text)
        .replace("|", "\\|")
        .replace("<", "&lt;")
        .replace("](", "]\\(")
        .replace("\n", " ")
    )


def print_power(sentences: Iterable[str]) -> None:
    """Prints what the evaluation can show, before it is run; the last sentence may be a warning."""
    for sentence in sentences:
        style = "yellow" if sentence.startswith("warning") else "dim"
        Console().print(Text(escape_control_characters(sentence), style=style))


def print_results_path(path: Path) -> None:
    """Prints the path of the results."""
    Console().print(f"results: {path}", soft_wrap=True, markup=False)

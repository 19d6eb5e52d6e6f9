"""The tables of the published exams, in the terminal and as markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from hackmentor.data.prose import join_items
from hackmentor.evaluate.verdict.exam_standings import ExamStanding
from hackmentor.exams.item import OUTCOMES
from hackmentor.exams.marked_answers import MarkedAnswers
from hackmentor.runtime.terminal import escape_control_characters

# A model that answers so much alike isn't reading, or an exam whose keys are so much alike is worth nothing.
REPEATED_SHARE = 0.8
# Of fewer answers, most may be alike by chance.
MIN_ANSWERS = 10


def build_exam_table(standing: ExamStanding) -> Table:
    """The contestants, then a constant answer, chance, and published scores whose protocol is the same."""
    table = Table(title=Text(_name_exam(standing)), title_justify="left")
    header, *rows = _list_rows(standing)
    table.add_column("", overflow="fold")
    for heading in header[1:]:
        table.add_column(Text(heading), justify="right")
    for row in rows:
        style = None if row[-1] else "dim italic"
        table.add_row(*(Text(escape_control_characters(cell)) for cell in row), style=style)
    return table


def list_exam_rows(standings: Sequence[ExamStanding]) -> Iterator[list[str]]:
    """The rows of all tables: an exam's name alone, its header, its contestants and what is beside them."""
    for standing in standings:
        yield [_name_exam(standing)]
        yield from _list_rows(standing)


def describe_exam(standing: ExamStanding) -> Iterator[str]:
    """What the figures rest on, in sentences."""
    exam = standing.exam
    asked, there = len(exam.items), len(exam.file.items)
    drawn = "" if asked == there else f", {asked:,} of {there:,} items, so that no published score compares"
    yield f"{exam.task.title}: {exam.file.identity.describe()}{drawn}"
    yield from (f"{exam.task.title}: rows {line}" for line in exam.file.tally.describe())
    if below := standing.not_above_constant:
        yield f"{exam.task.title}: no better than {standing.constant.model}: {join_items(below)}"
    if repeated := list(_describe_repeated(standing.marked)):
        yield f"{exam.task.title}: one answer to nearly all items, whatever is asked: {join_items(repeated)}"
    if standing.published:
        one = standing.published[0]
        yield f"{exam.task.title}, published: {one.source}, {one.date}; {one.protocol.decoding}"


def _describe_repeated(marked: Sequence[MarkedAnswers]) -> Iterator[str]:
    """Who gives one answer nearly always, such as the letter A: its score is that of a constant, and so is a gain."""
    for one in marked:
        answer, count = Counter(mark.answer for mark in one.marks).most_common(1)[0]
        if answer and len(one.marks) >= MIN_ANSWERS and count >= REPEATED_SHARE * len(one.marks):
            yield f"{answer} to {count:,} of {len(one.marks):,} by {one.model}"


def _name_exam(standing: ExamStanding) -> str:
    exam = standing.exam
    return f"{exam.task.title}, {exam.way}: {len(exam.items):,} items"


def _list_rows(standing: ExamStanding) -> Iterator[list[str]]:
    figures = list(standing.constant.figures)
    outcomes = OUTCOMES if not standing.exam.form else OUTCOMES[:2]
    yield ["", *figures, *outcomes]
    blank = [""] * len(outcomes)
    for marked in standing.marked:
        counts = [f"{marked.outcomes[outcome]:,}" for outcome in outcomes]
        yield [marked.model, *(_format(marked.figures[name]) for name in figures), *counts]
    yield [standing.constant.model, *(_format(value) for value in standing.constant.figures.values()), *blank]
    rest = [""] * (len(figures) - 1)
    if standing.chance is not None:
        yield ["by chance", _format(100 * standing.chance), *rest, *blank]
    for score in standing.published:
        cells = [_format(score.value) if name == score.figure else "" for name in figures]
        yield [f"published: {score.model}", *cells, *blank]


def _format(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"

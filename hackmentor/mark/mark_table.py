"""The marks as a table in the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.exams.exam_file import ExamFile
from hackmentor.exams.item import OUTCOMES
from hackmentor.exams.marked_answers import MarkedAnswers
from hackmentor.exams.published_scores import PublishedScore, find_published_scores
from hackmentor.exams.responses import Responses, count_samples, iter_unanswered
from hackmentor.exams.task import ExamTask
from hackmentor.runtime.terminal import escape_control_characters, truncate_text

MAX_NAME_LENGTH = 40


@dataclass(frozen=True)
class MarkSheet:
    """All that is known of some models' answers to an exam."""

    task: ExamTask
    exam: ExamFile
    responses: Responses
    marked: Sequence[MarkedAnswers]
    constant: MarkedAnswers
    seed: int

    @property
    def published(self) -> list[PublishedScore]:
        """Published scores of this exam, if the file is the published one: of another file they would mean nothing."""
        release = self.exam.identity.release
        return (
            find_published_scores(self.task.name, way="generation", examples=self.task.examples)
            if release is not None and self.exam.task.startswith(release.task)
            else []
        )

    def describe(self) -> Iterator[str]:
        """What the figures rest on, in sentences."""
        yield f"file: {self.exam.path}, {self.exam.identity.describe()}"
        yield from (f"rows {line}" for line in self.exam.tally.describe())
        if self.responses.left_out:
            yield f"answers to rows that are left out: {self.responses.left_out}"
        for marked in self.marked:
            answers = self.responses.by_model[marked.model]
            missing = sum(1 for _ in iter_unanswered(self.exam, answers))
            if missing:
                yield f"{marked.model}: {missing:,} of {len(self.exam.items):,} items have no answer and don't count"
            fewest, most = count_samples(answers)
            if most > 1:
                span = f"{fewest}" if fewest == most else f"{fewest} to {most}"
                yield f"{marked.model}: {span} answers to an item; an item counts once, with their mean"
        yield f"items found by {self.responses.matched_by}"
        yield f"[95 %] {self._describe_interval()}"

    def _describe_interval(self) -> str:
        clusters = len({item.cluster for item in self.exam.items})
        unit = f"over the {clusters:,} sources of the items" if clusters > 1 else "over items"
        if self.task.measure == "share right":
            return f"Wilson's, {unit}"
        name = {"mean deviation": "deviation, unparsed as 10", "mean overlap": "overlap"}.get(self.task.measure, "F1")
        return f"of the mean {name}: a bootstrap {unit}, seed {self.seed}"

    def to_json(self) -> dict[str, Any]:
        """Everything, mark by mark."""
        release = self.exam.identity.release
        return {
            "exam": self.task.name,
            "title": self.task.title,
            "measure": self.task.measure,
            "file": str(self.exam.path),
            "sha256": self.exam.identity.sha256,
            "release": None if release is None else {"name": release.name, "licence": release.licence},
            "items": len(self.exam.items),
            "rows": {"count": self.exam.rows, **self.exam.tally.to_json()},
            "matched_by": self.responses.matched_by,
            "models": {marked.model: marked.to_json(self.seed) for marked in self.marked},
            "constant": {"label": self.constant.model, "figures": dict(self.constant.figures)},
            "chance": self.task.compute_chance(self.exam.items),
            "published": [asdict(score) for score in self.published],
        }


def print_marks(sheet: MarkSheet, output: Path) -> None:
    """Prints the models beside the constant answer and chance, then published scores, then what they rest on."""
    console = Console()
    console.print(_build_table(sheet))
    if published := sheet.published:
        console.print(_build_published_table(published))
        sentence = "Published scores compare with these answers only if they were asked for as the table says."
        console.print(Text(sentence))
    for sentence in sheet.describe():
        console.print(Text(escape_control_characters(sentence)), soft_wrap=True)
    console.print(Text(f"results: {output}"), soft_wrap=True)


def _build_table(sheet: MarkSheet) -> Table:
    table = Table(title=Text(f"{sheet.task.title}: {len(sheet.exam.items):,} items"), title_justify="left")
    table.add_column("", overflow="fold", min_width=12)
    figures = list(sheet.constant.figures)
    for heading in (*figures, "[95 %]", *OUTCOMES):
        table.add_column(Text(heading), justify="right")
    for marked in sheet.marked:
        mean = marked.compute_interval(sheet.seed)
        scale = 1 if sheet.task.measure == "mean deviation" else 100
        interval = f"[{_format(mean.low * scale)}, {_format(mean.high * scale)}]"
        counts = [f"{count:,}" for count in marked.outcomes.values()]
        cells = [*(_format(marked.figures[name]) for name in figures), interval, *counts]
        table.add_row(_format_name(marked.model), *map(Text, cells))
    constant = [_format(value) for value in sheet.constant.figures.values()]
    table.add_row(_format_name(sheet.constant.model), *map(Text, constant), style="dim italic")
    chance = sheet.task.compute_chance(sheet.exam.items)
    if chance is not None:
        table.add_row("by chance", Text(_format(100 * chance)), style="dim italic")
    return table


def _build_published_table(published: Sequence[PublishedScore]) -> Table:
    protocol = published[0].protocol
    table = Table(title=Text(f"published: {published[0].source}, {published[0].date}"), title_justify="left")
    table.add_column("", overflow="fold")
    table.add_column(Text(published[0].figure), justify="right")
    for score in published:
        table.add_row(_format_name(score.model), Text(_format(score.value)))
    examples = f"{protocol.examples} examples" if protocol.examples else "no example"
    table.caption = Text(f"the authors' prompt, {examples}, {protocol.decoding}")
    return table


def _format(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"


def _format_name(name: str) -> Text:
    return Text(truncate_text(escape_control_characters(name), MAX_NAME_LENGTH).replace("\n", " ").replace("\t", " "))

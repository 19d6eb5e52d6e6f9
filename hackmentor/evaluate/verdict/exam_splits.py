"""The scores in the exams, split by what a cell was trained on: a gain on entries that it knows may be memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

from hackmentor.data.prose import join_items
from hackmentor.data.refine.exam_overlaps import METHODS
from hackmentor.evaluate.training_contents import ENTRY_SIDES, TrainingContents
from hackmentor.evaluate.verdict.compare_scores import compare_scores
from hackmentor.evaluate.verdict.exam_standings import ExamStanding
from hackmentor.evaluate.verdict.measure import ItemScores, Measure
from hackmentor.runtime.terminal import escape_control_characters

OVERLAPS_FILE = "exam-overlaps.json"
OVERLAPPING = "like a training record"
COLUMNS = ("entry", "items", "base", "tuned", "difference")


@dataclass(frozen=True)
class ExamSplit:
    """A cell and its base on some of an exam's items: those of one side, or those that a training record holds.

    `measure` is the name of the exam's measure in the verdict, in whose unit all figures are; `low` and `high` are the
    bounds of the 95 % interval of the difference.
    """

    cell: str
    measure: str
    title: str
    part: str
    items: int
    value: float
    base_value: float
    difference: float
    low: float
    high: float


def build_splits(
    standings: Sequence[ExamStanding], contents: Sequence[TrainingContents], bases: Mapping[str, str], seed: int
) -> Iterator[ExamSplit]:
    """The scores of each cell whose training set is known, exam by exam; parts without items are left out."""
    for known in contents:
        for standing in standings:
            name = standing.exam.name
            parts: dict[str, set[str]] = {}
            if known.sides is not None:
                by_id = known.sides[name]
                parts = {side: {key for key, own in by_id.items() if own == side} for side in ENTRY_SIDES}
            parts[OVERLAPPING] = known.find_overlapping(name)
            measure = standing.build_measure(bases)
            for cell in (cell for cell in known.cells if cell in measure.pairs):
                for part, ids in parts.items():
                    yield from _build_split(standing, measure, cell, part, ids, seed)


def _build_split(
    standing: ExamStanding, measure: Measure, cell: str, part: str, ids: set[str], seed: int
) -> Iterator[ExamSplit]:
    own, base = (
        ItemScores({key: score for key, score in scores.items.items() if key in ids}) for scores in measure.pairs[cell]
    )
    if own.items:
        difference = compare_scores(own, base, measure.clusters, seed=seed)
        yield ExamSplit(
            cell, standing.measure_name, standing.exam.task.title, part, len(own.items),
            own.value, base.value, difference.value, difference.low, difference.high,
        )  # fmt: skip


def build_split_tables(splits: Sequence[ExamSplit]) -> Iterator[Table]:
    """A table for each cell."""
    for cell in dict.fromkeys(split.cell for split in splits):
        title = Text.assemble("exams by what it was trained on: ", escape_control_characters(cell))
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
        for column in ("exam", *COLUMNS):
            table.add_column(column, no_wrap=column == "difference")
        for row in list_split_rows([split for split in splits if split.cell == cell]):
            table.add_row(*map(Text, row))
        yield table


def list_split_rows(splits: Sequence[ExamSplit]) -> Iterator[list[str]]:
    """The rows of a cell: the exam's title, then one value for each column."""
    for split in splits:
        change = f"{split.difference:+.2f} [{split.low:+.2f}, {split.high:+.2f}]"
        yield [split.title, split.part, f"{split.items:,}", f"{split.base_value:.2f}", f"{split.value:.2f}", change]


def describe_contents(
    contents: Sequence[TrainingContents], standings: Sequence[ExamStanding], names: Sequence[str]
) -> Iterator[str]:
    """What is known of training sets and exams, in sentences; `names` are all contestants."""
    for known in contents:
        cells = join_items(list(known.cells))
        if known.sides is None:
            yield (
                f"{cells}: which entries it was trained on is unknown: its {known.entries.records:,} records name none"
            )
        elif known.entries.unnamed:
            yield (
                f"{cells}: {known.entries.unnamed:,} of {known.entries.records:,} training records, of files of your "
                "own, don't say what entry they are about"
            )
        found = [line for standing in standings if (line := _describe_overlaps(known, standing))]
        yield (
            f"exam items in the {known.entries.records:,} training records of {cells}: "
            + ("; ".join(found) + f"; all in {OVERLAPS_FILE}" if found else "none")
        )
    trained_here = {cell for known in contents for cell in known.cells}
    if contents and (others := [name for name in names if name not in trained_here]):
        yield f"what was trained on is unknown of {join_items(others)}: it may have read the exams"


def _describe_overlaps(known: TrainingContents, standing: ExamStanding) -> str:
    own = [overlap for overlap in known.overlaps if overlap.exam == standing.exam.name]
    by_method = {words: len({one.item for one in own if one.method == method}) for method, words in METHODS.items()}
    counts = ", ".join(f"{count:,} {words}" for words, count in by_method.items() if count)
    return f"{standing.exam.task.title} {counts} of {len(standing.exam.items):,}" if counts else ""

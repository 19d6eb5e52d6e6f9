"""What must stand in the JSON files of an evaluation, as far as it is relied on; see `hackmentor.cell.file_shapes`."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from hackmentor.cell.file_shapes import Count, Figure


class HeldOutRecord(TypedDict):
    """The loss on one record."""

    id: str
    nats: Figure
    tokens: Count


class HeldOutShape(TypedDict):
    """The held-out loss on records of one shape."""

    loss: Figure
    perplexity: Figure
    records: list[HeldOutRecord]
    truncated: NotRequired[list[str]]


class HeldOut(TypedDict):
    """held_out.json."""

    made_from: NotRequired[str]
    shapes: dict[str, HeldOutShape]


class ExamScore(TypedDict):
    """The accuracy in one exam or one category of it."""

    accuracy: Figure
    standard_error: Figure
    n: Count


class ExamAnswer(TypedDict):
    """One answer of an exam."""

    id: str
    category: str
    correct: bool
    chosen: int


class ExamTask(TypedDict):
    """One exam."""

    task: str
    metric: str
    chance: float | None
    score: ExamScore
    categories: dict[str, ExamScore]
    answers: list[ExamAnswer]


class Exam(TypedDict):
    """exam.json."""

    made_from: NotRequired[str]
    tasks: list[ExamTask]


class Rating(TypedDict):
    """A rating with its interval."""

    rating: Figure
    low: Figure
    high: Figure


class PairResult(TypedDict):
    """The battles of two contestants."""

    model_a: str
    model_b: str
    wins_a: Count
    ties: Count
    wins_b: Count


class Ratings(TypedDict, total=False):
    """ratings.json, and the ratings in a verdict."""

    bradley_terry: dict[str, Rating]
    pairs: list[PairResult]
    notes: list[str]


class MeasureValues(TypedDict):
    """One measure, in a verdict."""

    name: str
    title: str
    values: dict[str, Figure | None]


class RunRow(TypedDict):
    """One run of a configuration, in a finding."""

    cell: str
    value: Figure
    difference: Figure


class FindingRow(TypedDict):
    """A cell compared with its base on one measure, in a verdict."""

    cell: str
    base: str
    measure: str
    value: Figure
    base_value: Figure
    difference: Figure
    low: Figure
    high: Figure
    p: Figure
    items: Count
    outcome: str
    clusters: NotRequired[Count | None]
    margin: NotRequired[Figure | None]
    runs: NotRequired[list[RunRow]]


class ExamSplitRow(TypedDict):
    """A cell and its base on the part of an exam that its training set decides, in a verdict."""

    cell: str
    measure: str
    title: str
    part: str
    items: Count
    value: Figure
    base_value: Figure


class JudgeFacts(TypedDict, total=False):
    """The judge, in a verdict; empty without battles."""

    name: str
    battles: Count
    cost: str


class VerdictContent(TypedDict):
    """verdict.json."""

    paragraph: str
    decided_by: str
    ranking: list[str]
    measures: list[MeasureValues]
    findings: list[FindingRow]
    ratings: Ratings | None
    judge: NotRequired[JudgeFacts]
    notes: NotRequired[list[str]]
    exam_splits: NotRequired[list[ExamSplitRow]]


class BattleRow(TypedDict):
    """A line of battles.jsonl."""

    question_id: str
    model_a: str
    model_b: str
    win: str
    judge: str
    cluster: NotRequired[str]
    length_a: NotRequired[Count | None]
    length_b: NotRequired[Count | None]


class AnswerRow(TypedDict):
    """A line of answers.jsonl."""

    question_id: str
    set: str
    contestant: str
    question: str
    text: str
    prompt_tokens: Count
    tokens: Count
    stop: str
    asked_by: str
    thoughts: NotRequired[str]

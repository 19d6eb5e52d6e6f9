"""What must stand in the JSON files of a cell and its experiment, as far as it is relied on.

A file may be damaged, edited, or a stranger's: it is compared with its shape once, where it is read
(`hackmentor.cell.shaped_files`).
"""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

# Of anything that is counted or timed: more than any training has, and little enough to be shown.
Count = Annotated[int, Field(ge=0, le=10**15)]
Duration = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
# A figure that may be infinite or not a number, after a training that went wrong.
Figure = float
Facts = dict[str, Any]


class CardBase(TypedDict):
    """The base, in a cell's card."""

    name: str
    hub_id: str | None
    revision: str | None
    licence: str | None
    quant: str
    sha256: str


class CardData(TypedDict):
    """The records that were trained on, in a cell's card."""

    name: str
    sha256: dict[str, str]
    licences: dict[str, str | None]
    records: Count
    tokens: Count
    trained_tokens: Count
    dropped: dict[str, Count]
    truncated_ids: list[str]


class CardAdapter(TypedDict):
    """The weights, in a cell's card."""

    sha256: str
    files: NotRequired[dict[str, str]]
    trainable_parameters: Count


class CardFigures(TypedDict, total=False):
    """What training came to, in a cell's card."""

    val_loss: Figure
    steps: Count
    wall_seconds: Duration
    peak_memory_mb: Duration


class Card(TypedDict):
    """card.json of a cell."""

    base: CardBase
    data: CardData
    adapter: CardAdapter
    figures: CardFigures
    seed: int
    versions: Facts


class CardOutcome(TypedDict):
    """What a grid reads of card.json."""

    figures: CardFigures


class Done(TypedDict):
    """done.json."""

    fingerprint: str
    decided_by: Facts
    base: NotRequired[Facts]
    versions: NotRequired[Facts]


class Progress(TypedDict):
    """progress.json."""

    step: Count
    steps: Count
    loss: Figure | None
    seconds_left: Duration | None


class Manifest(TypedDict):
    """step=N.json of a checkpoint."""

    step: Count
    sha256: str
    decided_by: Facts
    world_size: Count
    val_loss: Figure | None
    saved_at: str
    precision: NotRequired[str | None]
    base: NotRequired[Facts | None]
    versions: NotRequired[dict[str, str] | None]


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


class BattleRow(TypedDict):
    """A line of battles.jsonl."""

    question_id: str
    model_a: str
    model_b: str
    win: str
    judge: str


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

"""What must stand in the JSON files of a cell, as far as it is relied on.

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

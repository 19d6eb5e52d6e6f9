"""The trials of a search, the best first: what was tried, what became of it, and the loss that it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from hackmentor.config.cell_names import text_of
from hackmentor.grid.trial_cells import Tried
from hackmentor.review.cell_report import CellReport


@dataclass(frozen=True)
class TrialRow:
    """A cell of a search. `values` has one for each key searched over, empty for one that this trial knew nothing of.

    `loss` is what the search minimises: the held-out loss of a cell that is done in nats a token, else None.
    """

    cell: CellReport
    numbers: str
    values: Mapping[str, str]
    loss: float | None
    best: bool = False


def trial_rows(tried: Sequence[Tried], cells: Sequence[CellReport]) -> list[TrialRow]:
    """The trials from the lowest loss up, then those that have none in the order in which they were drawn."""
    by_name = {cell.plan.name: cell for cell in cells}
    keys = list(dict.fromkeys(key for one in tried for key in one.values))
    losses = {one.name: _loss(by_name[one.name]) for one in tried}
    known = [loss for loss in losses.values() if loss is not None]
    lowest = min(known, default=None)
    rows = [
        TrialRow(
            by_name[one.name],
            ", ".join(map(str, one.numbers)),
            {key: text_of(one.values[key]) if key in one.values else "" for key in keys},
            losses[one.name],
            best=lowest is not None and losses[one.name] == lowest,
        )
        for one in tried
    ]
    return sorted(rows, key=lambda row: inf if row.loss is None else row.loss)


def _loss(cell: CellReport) -> float | None:
    loss = cell.figures.get("val_loss") if cell.progress.state == "done" else None
    return loss if loss is not None and isfinite(loss) else None

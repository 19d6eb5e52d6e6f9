"""The trials of a search, the best first: the values tried, the state of the cell, and its held-out loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from hackmentor.config.cell_names import format_value
from hackmentor.grid.trial_cells import TrialCell
from hackmentor.review.cell_report import CellReport


@dataclass(frozen=True)
class TrialRow:
    """A cell of a search. `values` has one for each key searched over, empty for a key that this trial did not have.

    `loss` is what the search minimises: the held-out loss, in nats a token, of a cell that is done; otherwise None.
    """

    cell: CellReport
    trial_numbers: str
    values: Mapping[str, str]
    loss: float | None
    is_best: bool = False


def build_trial_rows(trials: Sequence[TrialCell], cells: Sequence[CellReport]) -> list[TrialRow]:
    """The trials from the lowest loss up, then those that have none in the order in which they were drawn."""
    by_name = {cell.spec.name: cell for cell in cells}
    keys = list(dict.fromkeys(key for trial in trials for key in trial.values))
    losses = {trial.name: _get_final_loss(by_name[trial.name]) for trial in trials}
    known = [loss for loss in losses.values() if loss is not None]
    lowest = min(known, default=None)
    rows = [
        TrialRow(
            by_name[trial.name],
            ", ".join(map(str, trial.trial_numbers)),
            {key: format_value(trial.values[key]) if key in trial.values else "" for key in keys},
            losses[trial.name],
            is_best=lowest is not None and losses[trial.name] == lowest,
        )
        for trial in trials
    ]
    return sorted(rows, key=lambda row: inf if row.loss is None else row.loss)


def _get_final_loss(cell: CellReport) -> float | None:
    loss = cell.figures.get("val_loss") if cell.state.state == "done" else None
    return loss if loss is not None and isfinite(loss) else None

"""From a request to the cells it plans. The door where configuration ends, for `review` and `status`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.cell import cell_folder, data_folder
from hackmentor.config.compose import Cell, Impossible, Request, compose_grid, opened
from hackmentor.errors import UserError
from hackmentor.review.cells import Plan


@dataclass(frozen=True)
class Asked:
    """The experiment that a request names, its folder and cells; `hourly_price` is in US dollars."""

    name: str
    folder: Path
    plans: Sequence[Plan]
    watch: bool = False
    hourly_price: float | None = None


def planned(request: Request) -> Asked:
    """The experiment that a request names.

    Raises:
        UserError: if the request is wrong, or there is nothing of that experiment yet.
    """
    with opened(request) as hydra:
        grid = compose_grid(hydra, request)
    first = grid.cells[0].config
    everyone: list[Cell | Impossible] = [*grid.cells, *grid.impossible]
    folder = cell_folder(first).path.parent
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; run `hackmentor train` with the same words first")
    plans = [_plan(one, request.config_dir) for one in everyone]
    return Asked(first.experiment, folder, plans, **(first.review.model_dump() if first.review else {}))


def _plan(cell: Cell | Impossible, config_dir: Path | None) -> Plan:
    config = cell.config
    flags = ["--config-dir", str(config_dir)] if config_dir else []
    overrides = [one for one in cell.overrides if not one.lstrip("+").startswith("review.")]  # train has no such key
    return Plan(
        config.name,
        config.base.name,
        config.size.name,
        config.method.name,
        config.data.name,
        config.untuned,
        config.model_dump(mode="json"),
        shlex.join(["hackmentor", "train", *flags, *overrides]),
        cell_folder(config),
        data_folder(config).path,
        cell.why if isinstance(cell, Impossible) else "",
    )

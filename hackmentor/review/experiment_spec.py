"""From a request to the cells it plans. The door where configuration ends, for `review` and `status`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hackmentor.cell.folder import CellFolder, cell_folder
from hackmentor.config.compose import Cell, Impossible, Request, compose_cells, compose_grid, opened
from hackmentor.grid.trial_cells import FILE, Tried, read_tried
from hackmentor.records.dataset_folder import data_folder
from hackmentor.review.cell_report import Plan
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True)
class Asked:
    """The experiment that a request names, its folder and cells; `hourly_price` is in US dollars.

    The cells of a search in that folder, `tried`, are among the `plans`, whether or not the request asks for a search.
    """

    name: str
    folder: Path
    plans: Sequence[Plan]
    tried: Sequence[Tried] = ()
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
        folder = cell_folder(first).path.parent
        if not folder.is_dir():
            raise UserError(f"{folder}: there is no such folder; run `hackmentor train` with the same words first")
        tried = read_tried(folder / FILE)
        if grid.search and not tried:
            raise UserError(f"{folder / FILE}: has no trials; run `hackmentor train` with the same words first")
        trials = compose_cells(hydra, request.verb, [one.overrides for one in tried])
    names = {one.name for one in tried}
    asked: list[Cell | Impossible] = [] if grid.search else [*grid.cells, *grid.impossible]
    plans = [_plan(one, request.config_dir) for one in asked if one.config.name not in names]
    for one in trials:  # wherever the folder lies by now
        plan = _plan(one, request.config_dir, "hydra.mode=RUN")
        plans.append(replace(plan, folder=CellFolder(folder / plan.name)))
    return Asked(first.experiment, folder, plans, tried, **(first.review.model_dump() if first.review else {}))


def _plan(cell: Cell | Impossible, config_dir: Path | None, *more: str) -> Plan:
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
        shlex.join(["hackmentor", "train", *flags, *overrides, *more]),
        cell_folder(config),
        data_folder(config).path,
        cell.why if isinstance(cell, Impossible) else "",
    )

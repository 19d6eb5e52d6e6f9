"""From a request to the cells it plans. The door where configuration ends, for `review` and `status`."""

from __future__ import annotations

import shlex
from pathlib import Path

from hackmentor.cell import cell_folder, data_folder
from hackmentor.config.compose import Cell, Request, compose_grid, opened
from hackmentor.errors import UserError
from hackmentor.review.cells import Plan


def planned(request: Request) -> tuple[str, Path, list[Plan]]:
    """The name, folder and cells of the experiment that a request names.

    Raises:
        UserError: if the request is wrong, or there is nothing of that experiment yet.
    """
    with opened(request) as hydra:
        cells = compose_grid(hydra, request).cells
    folder = cell_folder(cells[0].config).path.parent
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; run `hackmentor train` with the same words first")
    return cells[0].config.experiment, folder, [_plan(cell, request.config_dir) for cell in cells]


def _plan(cell: Cell, config_dir: Path | None) -> Plan:
    config = cell.config
    flags = ["--config-dir", str(config_dir)] if config_dir else []
    return Plan(
        config.name,
        config.base.name,
        config.size.name,
        config.method.name,
        config.data.name,
        config.untuned,
        config.model_dump(mode="json"),
        shlex.join(["hackmentor", "train", *flags, *cell.overrides]),
        cell_folder(config),
        data_folder(config).path,
    )

"""What is to be done with each cell of a grid, decided from its folder before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hackmentor.cell.folder import CellFolder, cell_folder
from hackmentor.cell.state import progress_of
from hackmentor.config.compose import Cell
from hackmentor.config.schema import GridSettings
from hackmentor.grid.cell_order import ordered
from hackmentor.grid.check_cell import check
from hackmentor.runtime.errors import UserError

Action = Literal["run", "done", "wait", "leave"]


@dataclass(frozen=True)
class Planned:
    """A cell with what is to be done: run it, nothing (it is done), wait for who trains it, or leave it as it failed.

    `why` says more, or is empty; `anew` that it is to begin at the start, whatever there is.
    """

    name: str
    folder: CellFolder
    overrides: tuple[str, ...]
    action: Action
    why: str = ""
    anew: bool = False


def plan(cells: Sequence[Cell], settings: GridSettings) -> list[Planned]:
    """The cells in the order in which they are to run.

    Raises:
        UserError: naming each cell that can't be trained: its base or data is missing, or its folder holds another
            configuration, finished or begun.
    """
    refused: dict[str, None] = {}
    done: set[str] = set()
    for cell in cells:
        try:
            if check(cell.config):
                done.add(cell.config.name)
        except UserError as error:
            refused[str(error)] = None  # in order, and what several cells lack once
    if refused:
        raise UserError("\n".join(refused))
    return [_planned(cell, settings.retry, cell.config.name in done) for cell in ordered(cells, settings.order)]


def _planned(cell: Cell, retry: str, done: bool) -> Planned:
    folder = cell_folder(cell.config)
    action, why, anew = _decided(folder, retry, done)
    return Planned(cell.config.name, folder, cell.overrides, action, why, anew)


def _decided(folder: CellFolder, retry: str, done: bool) -> tuple[Action, str, bool]:
    if done and retry != "all":
        return "done", "", False
    progress = progress_of(folder)
    if progress.state == "running":
        return "wait", progress.why, False
    if retry == "all" and progress.state != "not started":
        return "run", f"anew (grid.retry=all); what was there is kept in {folder.earlier}", True
    if progress.state == "failed" and retry == "none":
        return "leave", f"it failed before (grid.retry=none): {progress.why}", False
    return "run", _from_where(folder), False


def _from_where(folder: CellFolder) -> str:
    steps = [int(file.stem.partition("=")[2]) for file in folder.checkpoints.glob("step=*.json")]
    return f"continues after step {max(steps):,}" if steps else ""

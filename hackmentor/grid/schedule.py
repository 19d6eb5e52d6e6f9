"""Decides what to do with each cell of a grid, from the files in its folder, before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hackmentor.cell.folder import CellFolder, get_cell_folder
from hackmentor.cell.state import read_cell_state
from hackmentor.cell.versions import describe_other_versions, read_versions
from hackmentor.config.compose import ComposedCell
from hackmentor.config.schema import GridSettings
from hackmentor.grid.cell_order import sort_cells
from hackmentor.grid.check_cell import check_cell
from hackmentor.runtime.errors import UserError
from hackmentor.track.tracked_run import check_trackers

Action = Literal["run", "done", "wait", "leave"]


@dataclass(frozen=True)
class ScheduledCell:
    """A cell and what to do with it: run it, nothing (it is done), wait for who trains it, or leave it as it failed.

    `reason` explains the action, or is empty; `restarts` says that the cell begins anew, whatever is in its folder.
    """

    name: str
    folder: CellFolder
    overrides: tuple[str, ...]
    action: Action
    reason: str = ""
    restarts: bool = False


def schedule_cells(cells: Sequence[ComposedCell], settings: GridSettings) -> list[ScheduledCell]:
    """Schedules the cells of a grid, in the order in which they are to run.

    Raises:
        UserError: naming each cell that can't be trained: its base or data is missing, or its folder holds another
            configuration, finished or begun. Also if their tracking can't work.
    """
    check_trackers([cell.config for cell in cells])
    errors: dict[str, None] = {}  # ordered, and the same error of several cells once
    done: set[str] = set()
    for cell in cells:
        try:
            if check_cell(cell.config):
                done.add(cell.config.name)
        except UserError as error:
            errors[str(error)] = None
    if errors:
        raise UserError("\n".join(errors))
    ordered = sort_cells(cells, settings.order)
    return [_schedule_cell(cell, settings.retry, cell.config.name in done) for cell in ordered]


def _schedule_cell(cell: ComposedCell, retry: str, is_done: bool) -> ScheduledCell:
    folder = get_cell_folder(cell.config)
    action, reason, restarts = _choose_action(folder, retry, is_done)
    return ScheduledCell(cell.config.name, folder, cell.overrides, action, reason, restarts)


def _choose_action(folder: CellFolder, retry: str, is_done: bool) -> tuple[Action, str, bool]:
    if is_done and retry != "all":
        return "done", _describe_versions(folder), False
    state = read_cell_state(folder)
    if state.state == "running":
        return "wait", state.reason, False
    if retry == "all" and state.state != "not started":
        return "run", f"anew (grid.retry=all); what was there is kept in {folder.earlier_attempts}", True
    if state.state == "failed" and retry == "none":
        return "leave", f"it failed before (grid.retry=none): {state.reason}", False
    return "run", _describe_resume_point(folder), False


def _describe_resume_point(folder: CellFolder) -> str:
    steps = [int(file.stem.partition("=")[2]) for file in folder.checkpoints.glob("step=*.json")]
    if not steps:
        return ""
    made_with = _describe_versions(folder)
    return f"continues after step {max(steps):,}{f', {made_with}' if made_with else ''}"


def _describe_versions(folder: CellFolder) -> str:
    others = describe_other_versions(read_versions(folder))
    return f"made with {others}" if others else ""

"""From a request to the cells it names, for `review` and `status`. Modules below this one take no `Config`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hackmentor.cell.folder import CellFolder, get_cell_folder
from hackmentor.config.compose import (
    CommandRequest,
    ComposedCell,
    ImpossibleCell,
    compose_cells,
    compose_grid,
    hydra_initialized,
)
from hackmentor.grid.trial_cells import STUDY_FILE, TrialCell, read_trial_cells
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.review.cell_spec import CellSpec
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True)
class ExperimentSpec:
    """The experiment that a request names, its folder and cells; `hourly_price` is in US dollars.

    The cells of a search in that folder, `trials`, are among the `cells` whether or not the request is for a search.
    """

    name: str
    folder: Path
    cells: Sequence[CellSpec]
    trials: Sequence[TrialCell] = ()
    watch: bool = False
    hourly_price: float | None = None


def resolve_experiment(request: CommandRequest) -> ExperimentSpec:
    """The experiment that a request names.

    Raises:
        UserError: if the request is wrong, or there is nothing of that experiment yet.
    """
    with hydra_initialized(request) as hydra:
        grid = compose_grid(hydra, request)
        first_config = grid.cells[0].config
        folder = get_cell_folder(first_config).path.parent
        if not folder.is_dir():
            raise UserError(f"{folder}: there is no such folder; run `hackmentor train` with the same arguments first")
        trials = read_trial_cells(folder / STUDY_FILE)
        if grid.is_search and not trials:
            raise UserError(
                f"{folder / STUDY_FILE}: has no trials; run `hackmentor train` with the same arguments first"
            )
        composed_trials = compose_cells(hydra, request.verb, [trial.overrides for trial in trials])
    trial_names = {trial.name for trial in trials}
    requested: list[ComposedCell | ImpossibleCell] = [] if grid.is_search else [*grid.cells, *grid.impossible]
    cells = [_build_spec(cell, request.config_dir) for cell in requested if cell.config.name not in trial_names]
    for trial in composed_trials:
        spec = _build_spec(trial, request.config_dir, "hydra.mode=RUN")
        # The folder may have been moved since the search.
        cells.append(replace(spec, folder=CellFolder(folder / spec.name)))
    review_settings = first_config.review.model_dump() if first_config.review else {}
    return ExperimentSpec(first_config.experiment, folder, cells, trials, **review_settings)


def _build_spec(cell: ComposedCell | ImpossibleCell, config_dir: Path | None, *extra_overrides: str) -> CellSpec:
    config = cell.config
    flags = ["--config-dir", str(config_dir)] if config_dir else []
    # `train` has no review group.
    overrides = [override for override in cell.overrides if not override.lstrip("+").startswith("review.")]
    return CellSpec(
        config.name,
        config.base.name,
        config.size.name,
        config.method.name,
        config.data.name,
        config.untuned,
        config.model_dump(mode="json"),
        shlex.join(["hackmentor", "train", *flags, *overrides, *extra_overrides]),
        get_cell_folder(config),
        locate_dataset(config).path,
        cell.reason if isinstance(cell, ImpossibleCell) else "",
    )

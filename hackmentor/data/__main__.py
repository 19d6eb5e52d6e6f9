"""hackmentor data: construct the datasets of a cell or a grid."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.data.build import build_dataset, is_current
from hackmentor.data.card_table import print_card
from hackmentor.data.phase_timer import PhaseTimer
from hackmentor.data.recipe import DatasetRecipe
from hackmentor.records.dataset_card import read_dataset_card
from hackmentor.records.dataset_folder import DatasetFolder, locate_dataset
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import lock_held
from hackmentor.runtime.signals import sigterm_raises_exit
from hackmentor.track import artifacts
from hackmentor.track.tracked_run import check_tracker, tracked_run
from hackmentor.track.tracker import Table


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("data", argv, data)


def data(request: CommandRequest) -> int:
    """Builds each dataset of the request once; one that is already there and up to date is left as it is."""
    with hydra_initialized(request) as hydra:
        grid = compose_grid(hydra, request)
    for config in _select_datasets([cell.config for cell in grid.cells]):
        folder, recipe, timer = locate_dataset(config), _make_recipe(config), PhaseTimer()
        if not (current := is_current(recipe, folder.path)):
            check_tracker(config)
            with lock_held(folder.lock, "built", "build this one elsewhere: paths.data=FOLDER"):
                _build_dataset(config, recipe, folder, timer)
        print_card(read_dataset_card(folder.card), folder.path, build_time="" if current else str(timer))
    return 0


def _build_dataset(config: Config, recipe: DatasetRecipe, folder: DatasetFolder, timer: PhaseTimer) -> None:
    with sigterm_raises_exit(), tracked_run(config, job_type="data", name=config.data.name) as tracker:
        card = build_dataset(recipe, folder.path, timer)
        for source in artifacts.build_source_artifacts(folder):
            tracker.use_artifact(source)
        tracker.log_artifact(artifacts.build_dataset_artifact(folder))
        tracker.log_summary(
            {"records": card.train.total, "held_out_records": card.eval.total, "words": card.train.words}
        )
        left_out = [(reason, counted.count) for reason, counted in card.dropped.items()]
        tracker.log_table("left_out", Table(("reason", "records"), left_out))


def _select_datasets(configs: Sequence[Config]) -> list[Config]:
    """One configuration for each dataset. Raises UserError if two cells would build the same one differently."""
    first: dict[str, Config] = {}
    for config in configs:
        other = first.setdefault(config.data.name, config)
        if _make_recipe(other) != _make_recipe(config):
            raise UserError(
                f"data={config.data.name} would be built in two ways, one over the other; "
                "build one at a time, each elsewhere: paths.data=FOLDER"
            )
    return list(first.values())


def _make_recipe(config: Config) -> DatasetRecipe:
    return DatasetRecipe(**config.data.model_dump(), seed=config.sampling_seed)


if __name__ == "__main__":
    sys.exit(main())

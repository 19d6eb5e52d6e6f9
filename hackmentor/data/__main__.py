"""hackmentor data: construct the data sets of a cell or a grid."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_grid, opened
from hackmentor.config.schema import Config
from hackmentor.data.build import build_dataset, is_current
from hackmentor.data.card_table import show
from hackmentor.data.phase_timer import Phases
from hackmentor.data.recipe import Recipe
from hackmentor.records.dataset_card import load_card
from hackmentor.records.dataset_folder import DataFolder, data_folder
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import locked
from hackmentor.runtime.signals import closed_on_sigterm
from hackmentor.track import artifacts as lineage
from hackmentor.track.tracked_run import check_tracker, tracked
from hackmentor.track.tracker import Table


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("data", argv, data)


def data(request: Request) -> int:
    """Builds each data set of the request once; one that is there and would come out the same is left alone."""
    with opened(request) as hydra:
        grid = compose_grid(hydra, request)
    for config in _data_sets([cell.config for cell in grid.cells]):
        folder, recipe, phases = data_folder(config), _recipe(config), Phases()
        if not (current := is_current(recipe, folder.path)):
            check_tracker(config)
            with locked(folder.lock, "built", "build this one elsewhere: paths.data=FOLDER"):
                _build(config, recipe, folder, phases)
        show(load_card(folder.card), folder.path, took="" if current else str(phases))
    return 0


def _build(config: Config, recipe: Recipe, folder: DataFolder, phases: Phases) -> None:
    with closed_on_sigterm(), tracked(config, job="data", name=config.data.name) as tracker:
        card = build_dataset(recipe, folder.path, phases)
        for source in lineage.sources(folder):
            tracker.used(source)
        tracker.made(lineage.dataset(folder))
        tracker.summary({"records": card.train.total, "held_out_records": card.eval.total, "words": card.train.words})
        left_out = [(reason, noted.count) for reason, noted in card.dropped.items()]
        tracker.table("left_out", Table(("reason", "records"), left_out))


def _data_sets(configs: Sequence[Config]) -> list[Config]:
    """One configuration for each data set. Raises UserError if two cells would build the same one differently."""
    first: dict[str, Config] = {}
    for config in configs:
        other = first.setdefault(config.data.name, config)
        if _recipe(other) != _recipe(config):
            raise UserError(
                f"data={config.data.name} would be built in two ways, one over the other; "
                "build one at a time, each elsewhere: paths.data=FOLDER"
            )
    return list(first.values())


def _recipe(config: Config) -> Recipe:
    return Recipe(**config.data.model_dump(), seed=config.seed)


if __name__ == "__main__":
    sys.exit(main())

"""hackmentor train: train one cell, or every cell of a grid, each in its own process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from omegaconf import DictConfig

from hackmentor.cell import base_folder, cell_folder, data_folder, deciding
from hackmentor.cli import EXIT_FAILED, run
from hackmentor.config.compose import Request, checked, compose_grid, opened
from hackmentor.config.schema import Config
from hackmentor.errors import StoppedError, UserError
from hackmentor.grid.report import GridFailedError
from hackmentor.lock import locked
from hackmentor.track.start import check_tracker
from hackmentor.train.checkpoint import CheckpointFolder

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run("train", argv, train)


def train(request: Request) -> int:
    """Checks every cell of the request, then trains what is not done yet."""
    with opened(request) as hydra:
        grid = compose_grid(hydra, request)
        for cell in grid.cells:
            check(cell.config)
        overrides = list(request.overrides)
        if not grid.swept:
            with locked(cell_folder(grid.cells[0].config).lock):
                hydra.run("train", task, overrides)
            return 0
        try:
            hydra.multirun("train", task, overrides)
        except GridFailedError:
            return EXIT_FAILED
        return 0


def check(config: Config) -> None:
    """Refuses a cell that can't be trained, before anything heavy is loaded.

    Raises:
        UserError: if the base or the data is missing, or the cell's folder holds another cell, finished or begun.
    """
    base_folder(config)
    data_folder(config).sha256()
    folder = cell_folder(config)
    if not folder.is_done(config):
        CheckpointFolder(folder.checkpoints, config.train.keep_checkpoints).refuse_others(deciding(config))
    check_tracker(config)


def task(composed: DictConfig) -> float:
    """What Hydra runs in each job: one cell. Returns the held-out loss, which sweepers minimise."""
    from hackmentor.train.cell import train_cell

    try:
        return train_cell(checked(composed))
    except (UserError, StoppedError) as error:
        log.error("%s", error)
        raise
    except Exception:
        log.exception("the cell failed")
        raise


if __name__ == "__main__":
    sys.exit(main())

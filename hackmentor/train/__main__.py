"""hackmentor train: train one cell, or every cell of a grid, each in its own process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from omegaconf import DictConfig

from hackmentor.cell.folder import cell_folder
from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_grid, is_swept, opened
from hackmentor.config.validate import checked
from hackmentor.grid.check_cell import check
from hackmentor.grid.tables import GridFailedError
from hackmentor.runtime.errors import EXIT_FAILED, EXIT_USAGE, LoggedError, StoppedError, UserError
from hackmentor.runtime.lock import locked
from hackmentor.runtime.signals import ends_with_parent
from hackmentor.train.train_cell import attempt

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("train", argv, train)


def train(request: Request) -> int:
    """Checks what is asked for, then trains what is not done yet; of a grid, `grid.grid_sweeper` does both."""
    with opened(request) as hydra:
        overrides = list(request.overrides)
        if is_swept(hydra, request):
            try:
                hydra.multirun("train", task, overrides)
            except GridFailedError:
                return EXIT_FAILED
            return 0
        config = compose_grid(hydra, request).cells[0].config
        check(config)
        with ends_with_parent(), locked(cell_folder(config).lock):
            hydra.run("train", task, overrides)
        return 0


def task(composed: DictConfig) -> float:
    """What Hydra runs in each job: one cell. Returns the held-out loss, which sweepers minimise.

    Raises:
        HeldError: if another process trains the cell.
        LoggedError: if the cell failed or was stopped, once its log says how.
    """
    config = checked(composed)
    with locked(cell_folder(config).lock):
        try:
            return attempt(config)
        except (UserError, StoppedError) as error:
            log.error("%s", error)
            raise LoggedError(str(error), getattr(error, "exit_code", EXIT_USAGE)) from error
        except Exception as error:
            log.exception("the cell failed")
            raise LoggedError(f"{type(error).__name__}: {error}", EXIT_FAILED) from error


if __name__ == "__main__":
    sys.exit(main())

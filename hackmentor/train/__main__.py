"""hackmentor train: train one cell, or every cell of a grid, each in its own process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from omegaconf import DictConfig

from hackmentor.cell.folder import CellFolder, get_cell_folder
from hackmentor.cell.state import RecordedState, read_recorded_state, record_state
from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_job, hydra_initialized, is_sweep_request
from hackmentor.config.schema import Config
from hackmentor.config.validate import validate_config
from hackmentor.grid.check_cell import check_cell
from hackmentor.grid.tables import GridFailedError
from hackmentor.runtime.errors import EXIT_FAILED, EXIT_USAGE, LoggedError, StoppedError, UserError
from hackmentor.runtime.lock import lock_held
from hackmentor.runtime.ranks import is_first_process, refuse_stray_rank
from hackmentor.runtime.signals import killed_with_parent
from hackmentor.runtime.terminal import escape_log_lines
from hackmentor.track.tracked_run import check_tracker
from hackmentor.train.train_cell import train_cell

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("train", argv, train)


def train(request: CommandRequest) -> int:
    """Trains one cell in this process; hands a grid to the sweeper, which starts a process for each cell."""
    refuse_stray_rank()
    with hydra_initialized(request) as hydra:
        if is_sweep_request(hydra, request):
            try:
                hydra.multirun("train", run_grid_job, list(request.overrides))
            except GridFailedError:
                return EXIT_FAILED
            return 0
        composed, config = compose_job(hydra, request)
        check_tracker(config)
        check_cell(config)
        with killed_with_parent(), lock_held(get_cell_folder(config).lock, ranks_share=True):
            hydra.run_job(composed, lambda _: train_logged(config))
        return 0


def run_grid_job(composed: DictConfig) -> float:
    """What a launcher of Hydra runs for each cell of a grid. Returns the held-out loss, which sweepers minimise.

    Raises:
        LockHeldError: if another process trains the cell.
        LoggedError: as `train_logged`.
    """
    config = validate_config(composed)
    with lock_held(get_cell_folder(config).lock, ranks_share=True):
        return train_logged(config)


def train_logged(config: Config) -> float:
    """Trains a cell whose lock is held; logs why it failed or stopped, and records that in its state.json.

    Returns the held-out loss in nats a token.

    Raises:
        LoggedError: if the cell failed or was stopped, once its log says how.
    """
    escape_log_lines()
    folder = get_cell_folder(config)
    if is_first_process() and not folder.done.is_file():
        record_state(folder, "running")
    try:
        loss = train_cell(config)
    except (UserError, StoppedError) as error:
        log.error("%s", error)
        was_asked = isinstance(error, StoppedError) and error.exit_code != EXIT_FAILED
        _record_end(folder, "stopped" if was_asked else "failed", str(error))
        raise LoggedError(str(error), getattr(error, "exit_code", EXIT_USAGE)) from error
    except Exception as error:
        log.exception("the cell failed")
        _record_end(folder, "failed", f"{type(error).__name__}: {error}")
        raise LoggedError(f"{type(error).__name__}: {error}", EXIT_FAILED) from error
    if is_first_process():
        record_state(folder, "done")
    return loss


def _record_end(folder: CellFolder, state: RecordedState, reason: str) -> None:
    """Records how a cell ended. Of several processes the first that fails says why: the others fail with it."""
    recorded = read_recorded_state(folder)
    if not folder.done.is_file() and (recorded is None or recorded.state != "failed"):
        record_state(folder, state, reason)


if __name__ == "__main__":
    sys.exit(main())

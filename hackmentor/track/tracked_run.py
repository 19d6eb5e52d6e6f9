"""From a configuration to the tracked run that it names. Modules below this one take no `Config`."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from hackmentor.config.schema import Config, LoggerTracker, WandbTracker
from hackmentor.runtime.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, StoppedError, UserError
from hackmentor.runtime.ranks import is_first_process
from hackmentor.track.tracker import SYNC_LATER_HINT, NoTracker, Tracker
from hackmentor.track.wandb_server import (
    diagnose_connection,
    find_known_fault,
    get_api_key,
    get_server_url,
    remember_connection,
)

log = logging.getLogger(__name__)

_ONLINE = "tracker.mode=online"


def check_tracker(config: Config) -> None:
    """Refuses tracking that can't work, before anything else is done.

    Raises:
        UserError: if online tracking has no key or a wrong one, or a logger's package is not installed.
    """
    match config.tracker:
        case WandbTracker(mode="online"):
            remember_connection(diagnose_connection(get_api_key(_ONLINE)))
        case LoggerTracker(package=str(package)) if find_spec(package) is None:
            raise UserError(
                f"tracker={config.tracker.name} needs the package {package}: pip install 'hackmentor[{package}]', or "
                f"pip install {package} where hackmentor has no such extra"
            )


def check_trackers(configs: Iterable[Config]) -> None:
    """Checks each tracker of a grid's cells once, not once a cell. Raises UserError as `check_tracker`."""
    for config in {config.tracker.model_dump_json(): config for config in configs}.values():
        check_tracker(config)


@contextmanager
def tracked_run(
    config: Config, *, job_type: str, name: str | None = None, get_run_id: Callable[[], str] | None = None
) -> Iterator[Tracker]:
    """A run of this cell (or of `name`), which ends with the block, and with the exit code that the block asks for.

    Attempts for which `get_run_id` returns the same continue one run. It is called only if there is a W&B run.
    """
    tracker, exit_code = _start_run(config, job_type, name or config.name, get_run_id), EXIT_FAILED
    try:
        yield tracker
        exit_code = 0
    except StoppedError as stopped:
        exit_code = stopped.exit_code
        raise
    except UserError:
        exit_code = EXIT_USAGE
        raise
    except KeyboardInterrupt:
        exit_code = EXIT_INTERRUPTED
        raise
    except SystemExit as system_exit:
        exit_code = system_exit.code if isinstance(system_exit.code, int) else EXIT_FAILED
        raise
    finally:
        tracker.finish(exit_code)


def _start_run(config: Config, job_type: str, name: str, get_run_id: Callable[[], str] | None) -> Tracker:
    # Of several processes that train one cell, only the first logs.
    if not is_first_process():
        return NoTracker()
    match config.tracker:
        case WandbTracker(mode="disabled"):
            return NoTracker()
        case WandbTracker() as settings:
            _report_unheeded_variables(config.paths.outputs)
            from hackmentor.track.wandb_run import RunIdentity, WandbRun

            run_id = get_run_id() if get_run_id else None
            identity = RunIdentity(name, config.experiment, job_type, settings.project, settings.entity, run_id)
            logged_config = config.model_dump(mode="json") | {"name": name}
            try:
                return WandbRun(identity, logged_config, Path(config.paths.outputs), _choose_mode(settings))
            except Exception as error:
                log.warning("W&B can't track %s (%s: %s); the work goes on", name, type(error).__name__, error)
        case LoggerTracker() as settings if job_type == "train":
            from hackmentor.track.lightning_logger_run import LightningLoggerRun

            return LightningLoggerRun(settings.logger, settings.arguments, config.model_dump(mode="json"))
    return NoTracker()


def _choose_mode(settings: WandbTracker) -> Literal["offline", "online"]:
    if settings.mode == "online" and (reason := find_known_fault() or diagnose_connection(get_api_key(_ONLINE))):
        log.warning("W&B at %s can't be reached (%s): tracking offline, %s", get_server_url(), reason, SYNC_LATER_HINT)
        return "offline"
    return "online" if settings.mode == "online" else "offline"


def _report_unheeded_variables(outputs: str) -> None:
    """Says which of W&B's variables do nothing here; WANDB_MODE, WANDB_PROJECT and WANDB_ENTITY are in the settings."""
    if os.environ.get("WANDB_DIR"):
        log.warning("WANDB_DIR is not heeded: runs are stored in %s/wandb; paths.outputs=FOLDER moves it", outputs)
    if os.environ.get("WANDB_DISABLED", "").lower() in ("true", "1", "yes"):
        log.warning("WANDB_DISABLED is not heeded: tracker=none or WANDB_MODE=disabled tracks nothing")

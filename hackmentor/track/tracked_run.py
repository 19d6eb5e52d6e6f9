"""From a configuration to the run that it asks for. The door where configuration ends, for tracking."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from hackmentor.config.schema import Config, LoggerTracker, WandbTracker
from hackmentor.runtime.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, StoppedError, UserError
from hackmentor.runtime.lock import first_process
from hackmentor.track.tracker import LATER, NoTracker, Tracker
from hackmentor.track.wandb_server import require_key, server, unreachable

log = logging.getLogger(__name__)


def check_tracker(config: Config) -> None:
    """Refuses tracking that can't work, before anything else is done.

    Raises:
        UserError: if online tracking has no key or a wrong one, or a logger's package is not installed.
    """
    match config.tracker:
        case WandbTracker(mode="online"):
            unreachable(require_key("tracker.mode=online"))
        case LoggerTracker(package=str(package)) if find_spec(package) is None:
            raise UserError(
                f"tracker={config.tracker.name} needs the package {package}: pip install 'hackmentor[{package}]', or "
                f"pip install {package} where hackmentor has no such extra"
            )


@contextmanager
def tracked(
    config: Config, *, job: str, name: str | None = None, run_id: Callable[[], str] | None = None
) -> Iterator[Tracker]:
    """A run of this cell (or of `name`), which ends with the block, and with the exit code that the block asks for.

    Attempts for which `run_id` gives the same continue one run.
    """
    tracker, code = _started(config, job, name or config.name, run_id), EXIT_FAILED
    try:
        yield tracker
        code = 0
    except StoppedError as stopped:
        code = stopped.exit_code
        raise
    except UserError:
        code = EXIT_USAGE
        raise
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
        raise
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else EXIT_FAILED
        raise
    finally:
        tracker.finish(code)


def _started(config: Config, job: str, name: str, run_id: Callable[[], str] | None) -> Tracker:
    # Of several processes that train one cell, the first speaks for all.
    if not first_process():
        return NoTracker()
    match config.tracker:
        case WandbTracker() as settings:
            from hackmentor.track.wandb_run import Title, WandbRun

            known = run_id() if run_id else None
            title = Title(name, config.experiment, job, settings.project, settings.entity, known)
            whole = config.model_dump(mode="json") | {"name": name}
            try:
                return WandbRun(title, whole, Path(config.paths.outputs), _mode(settings))
            except Exception as error:
                log.warning("W&B can't track %s (%s: %s); the work goes on", name, type(error).__name__, error)
        case LoggerTracker() as settings if job == "train":
            from hackmentor.track.lightning_logger_run import LoggerRun

            return LoggerRun(settings.logger, settings.arguments, config.model_dump(mode="json"))
    return NoTracker()


def _mode(settings: WandbTracker) -> Literal["offline", "online"]:
    if settings.mode == "online" and (why := unreachable(require_key("tracker.mode=online"))):
        log.warning("W&B at %s can't be reached (%s): tracking offline, %s", server(), why, LATER)
        return "offline"
    return settings.mode

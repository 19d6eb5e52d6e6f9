"""A run tracked by any Lightning logger, named by the path of its class."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from lightning.pytorch.loggers import Logger

from hackmentor.runtime.errors import UserError
from hackmentor.track.tracker import NoTracker


class LightningLoggerRun(NoTracker):
    """The metrics of one fit and its hyperparameters. Artifacts and tables go to W&B only; the cell's files hold them.

    Raises:
        UserError: if there is no such class, it is no Lightning logger, or it does not take the arguments.
    """

    def __init__(self, class_path: str, arguments: Mapping[str, Any], config: dict[str, Any]) -> None:
        self._logger = _instantiate_logger(class_path, arguments)
        self._logger.log_hyperparams(config)

    def get_loggers(self) -> list[Logger]:
        """The logger."""
        return [self._logger]

    def finish(self, exit_code: int) -> None:
        """Closes the logger's files."""
        self._logger.finalize("success" if exit_code == 0 else "failed")


def _instantiate_logger(class_path: str, arguments: Mapping[str, Any]) -> Logger:
    module, _, name = class_path.rpartition(".")
    try:
        logger_class = getattr(import_module(module), name)
        # Checked before it is called: any function could be named here.
        if not isinstance(logger_class, type) or not issubclass(logger_class, Logger):
            raise UserError(f"tracker.logger={class_path}: is not a Lightning logger")
        logger: Logger = logger_class(**arguments)
    except (ImportError, AttributeError, TypeError) as error:
        raise UserError(
            f"tracker.logger={class_path}: can't be instantiated with tracker.arguments: {error}"
        ) from error
    return logger

"""Any logger that Lightning knows, by the path of its class."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from lightning.pytorch.loggers import Logger

from hackmentor.runtime.errors import UserError
from hackmentor.track.tracker import NoTracker


class LoggerRun(NoTracker):
    """The history of one fit and its figures. Artifacts and tables are W&B's; here the files of the cell hold them."""

    def __init__(self, path: str, arguments: Mapping[str, Any], config: dict[str, Any]) -> None:
        self._logger = _made(path, arguments)
        self._logger.log_hyperparams(config)

    def loggers(self) -> list[Logger]:
        """The logger."""
        return [self._logger]

    def finish(self, exit_code: int) -> None:
        """Closes the logger's files."""
        self._logger.finalize("success" if exit_code == 0 else "failed")


def _made(path: str, arguments: Mapping[str, Any]) -> Logger:
    module, _, name = path.rpartition(".")
    try:
        made = getattr(import_module(module), name)(**arguments)
    except (ImportError, AttributeError, TypeError) as error:
        raise UserError(f"tracker.logger={path}: can't be made of tracker.arguments: {error}") from error
    if not isinstance(made, Logger):
        raise UserError(f"tracker.logger={path}: is no Lightning logger")
    return made

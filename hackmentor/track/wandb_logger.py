"""Lightning's W&B logger, except that training goes on when W&B's background process has died."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from lightning.pytorch.loggers import WandbLogger
from lightning_utilities.core.rank_zero import rank_zero_only

log = logging.getLogger(__name__)


class FaultTolerantWandbLogger(WandbLogger):
    """Logs to a W&B run that has begun; after the first error it warns once and logs nothing more."""

    def __init__(self, run: Any) -> None:  # noqa: ANN401 - wandb is untyped here
        super().__init__(experiment=run)
        self._has_failed = False

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Logs a row of the history. metrics.csv holds the same rows."""
        if self._has_failed:
            return
        try:
            super().log_metrics(metrics, step)
        except Exception as error:
            self._has_failed = True
            log.warning("W&B takes no more rows (%s: %s); metrics.csv has them all", type(error).__name__, error)

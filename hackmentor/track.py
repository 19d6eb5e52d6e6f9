"""Every run and every artifact tracked. `tracker=none` is an object like the other, so that no caller asks which it is.

W&B is offline unless told otherwise: no key, no prompt, no request. All runs of all experiments lie in one store,
outputs/wandb.
"""

from __future__ import annotations

import netrc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlparse

from hackmentor.config.schema import Config, WandbTracker
from hackmentor.errors import UserError

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

    from hackmentor.cell import CellFolder


class Tracker(Protocol):
    """What a stage tells about itself."""

    def loggers(self) -> list[Logger]:
        """What Lightning logs to."""

    def used(self, name: str, kind: str, files: list[Path], metadata: dict[str, Any]) -> None:
        """Declares an artifact that this run reads."""

    def made(self, name: str, kind: str, files: list[Path], metadata: dict[str, Any]) -> None:
        """Declares an artifact that this run produced."""

    def summary(self, figures: dict[str, Any]) -> None:
        """Sets figures that stand for the whole run."""

    def finish(self, exit_code: int) -> None:
        """Closes the run; 0 is success."""


class NoTracker:
    """Tracks nothing."""

    def loggers(self) -> list[Logger]:
        """None."""
        return []

    def used(self, name: str, kind: str, files: list[Path], metadata: dict[str, Any]) -> None:
        """Nothing."""

    def made(self, name: str, kind: str, files: list[Path], metadata: dict[str, Any]) -> None:
        """Nothing."""

    def summary(self, figures: dict[str, Any]) -> None:
        """Nothing."""

    def finish(self, exit_code: int) -> None:
        """Nothing."""


class WandbRun:
    """One W&B run."""

    def __init__(
        self,
        settings: WandbTracker,
        *,
        name: str,
        group: str,
        job: str,
        store: Path,
        config: dict[str, Any],
        run_id: str | None = None,
    ) -> None:
        import wandb
        from lightning.pytorch.loggers import WandbLogger

        store.mkdir(parents=True, exist_ok=True)
        # Copies of artifacts wait here for a later sync. W&B's default is a cache folder of the user, which may be
        # cleaned, and then the sync uploads nothing and says it is done.
        os.environ["WANDB_DATA_DIR"] = str(store.resolve() / "wandb")
        self._run = wandb.init(
            name=name,
            project=settings.project,
            entity=settings.entity,
            dir=store,
            mode=settings.mode,
            group=group,
            job_type=job,
            config=config,
            # Offline, each attempt is a folder of its own with this id; a later sync puts them into one run, in order.
            id=run_id,
            resume="allow" if run_id else None,
            settings=_wandb_settings(),
        )
        self._logger = WandbLogger(experiment=self._run)

    def loggers(self) -> list[Logger]:
        """The W&B logger."""
        return [self._logger]

    def used(self, name: str, kind: str, files: list[Path], metadata: dict[str, Any]) -> None:
        """An input of this run, with its files."""
        # use_artifact raises offline. This is the call underneath it, which records the input for a later sync too.
        artifact = _artifact(name, kind, files, metadata)
        self._run._log_artifact(artifact, is_user_created=True, use_after_commit=True)

    def made(self, name: str, kind: str, files: list[Path], metadata: dict[str, Any]) -> None:
        """An output of this run, with its files."""
        self._run.log_artifact(_artifact(name, kind, files, metadata))

    def summary(self, figures: dict[str, Any]) -> None:
        """Into the run's summary."""
        self._run.summary.update(figures)

    def finish(self, exit_code: int) -> None:
        """Ends the run; without this the next one in the same process would continue it."""
        self._run.finish(exit_code=exit_code)


def _wandb_settings() -> Any:  # noqa: ANN401 - wandb is untyped here
    import wandb

    os.environ.setdefault("WANDB_SILENT", "true")
    # The flush interval is in seconds: what a killed run has logged up to a second before stays readable.
    return wandb.Settings(silent=True, console="off", x_transaction_log_flush_interval=1, finish_timeout=60)


def _artifact(name: str, kind: str, files: list[Path], metadata: dict[str, Any]) -> Any:  # noqa: ANN401
    import wandb

    artifact = wandb.Artifact(name, type=kind, metadata=metadata)
    for file in files:
        artifact.add_dir(str(file)) if file.is_dir() else artifact.add_file(str(file))
    return artifact


def start_run(config: Config, *, job: str, name: str | None = None, cell: CellFolder | None = None) -> Tracker:
    """The tracker that the configuration chose, with a run of this cell (or of `name`) begun.

    With `cell`, every attempt at that cell continues one run, whose id lies in the cell's folder before it begins.
    """
    from lightning_utilities.core.rank_zero import rank_zero_only

    # Of several processes that train one cell, the first speaks for all.
    if not isinstance(config.tracker, WandbTracker) or getattr(rank_zero_only, "rank", 0) != 0:
        return NoTracker()
    return WandbRun(
        config.tracker,
        name=name or config.name,
        group=config.experiment,
        job=job,
        store=Path(config.paths.outputs),
        config=config.model_dump(mode="json"),
        run_id=cell.run_id() if cell else None,
    )


def check_key(config: Config) -> None:
    """Refuses online tracking without a key, before anything else is done; W&B itself would ask in the middle.

    Raises:
        UserError: if tracker.mode=online and there is no key in WANDB_API_KEY or ~/.netrc.
    """
    if not isinstance(config.tracker, WandbTracker) or config.tracker.mode == "offline":
        return
    host = urlparse(os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai")).hostname or "api.wandb.ai"
    if not os.environ.get("WANDB_API_KEY") and not _netrc_has(host):
        raise UserError(
            f"tracker.mode=online needs a key for {host}: run `wandb login`, or set WANDB_API_KEY "
            "(https://wandb.ai/authorize shows yours); tracker.mode=offline needs none"
        )


def _netrc_has(host: str) -> bool:
    try:
        return netrc.netrc().authenticators(host) is not None
    except (OSError, netrc.NetrcParseError):
        return False

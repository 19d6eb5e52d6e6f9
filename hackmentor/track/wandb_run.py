"""One W&B run. What goes wrong while tracking is said once, loudly, and never stops the work that is tracked."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hackmentor.track.staging import staged
from hackmentor.track.tracker import LATER, Artifact, Confusion, Table

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

log = logging.getLogger(__name__)

Mode = Literal["offline", "online"]

# Seconds. A server that answered a moment ago and does not now costs these, and no more.
INIT_TIMEOUT, FINISH_TIMEOUT = 15, 60


@dataclass(frozen=True)
class Title:
    """What a run is called, and where it belongs. Attempts that share an `id` are one run."""

    name: str
    group: str
    job: str
    project: str
    entity: str | None
    id: str | None


class WandbRun:
    """A run in a folder of its own under `outputs`/wandb, where all runs of all experiments lie.

    Offline, nothing is asked of any network. Online, a server that does not let the run begin makes it an offline one.
    """

    def __init__(self, title: Title, config: dict[str, Any], outputs: Path, mode: Mode) -> None:
        outputs.mkdir(parents=True, exist_ok=True)
        self._store = outputs / "wandb"
        # Tables wait here for a later sync. W&B's default is a cache folder of the user, which may be cleaned, and
        # then the sync uploads nothing and says it is done.
        os.environ["WANDB_DATA_DIR"] = str(self._store.resolve())
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        self._title = title
        self._run = _begun(title, config, outputs, mode)

    def loggers(self) -> list[Logger]:
        """The W&B logger. Curves are drawn over the optimizer's steps."""
        from hackmentor.track.wandb_logger import CarefulLogger

        self._run.define_metric("trainer/global_step")
        self._run.define_metric("*", step_metric="trainer/global_step", step_sync=True)
        return [CarefulLogger(self._run)]

    def used(self, artifact: Artifact) -> None:
        """An input of this run, with its files: whoever syncs this run alone has the whole of its lineage."""
        with self._harmless(f"{artifact.name} was not recorded as an input"):
            # use_artifact raises offline. This is the call underneath it, which records the input for a later sync too.
            self._run._log_artifact(self._packed(artifact), is_user_created=True, use_after_commit=True)

    def made(self, artifact: Artifact) -> None:
        """An output of this run, with its files."""
        with self._harmless(f"{artifact.name} was not recorded"):
            self._run.log_artifact(self._packed(artifact))

    def summary(self, figures: Mapping[str, Any]) -> None:
        """Into the run's summary."""
        with self._harmless("figures were not recorded"):
            self._run.summary.update(dict(figures))

    def table(self, name: str, table: Table) -> None:
        """A table in the run's workspace."""
        with self._harmless(f"the table {name} was not recorded"):
            import wandb

            rows = [list(row) for row in table.rows]
            self._run.log({name: wandb.Table(columns=list(table.columns), data=rows, allow_mixed_types=True)})

    def confusion(self, name: str, confusion: Confusion) -> None:
        """W&B's own chart of a confusion matrix."""
        with self._harmless(f"the chart {name} was not recorded"):
            import wandb

            first, second, classes = map(list, (confusion.first, confusion.second, confusion.classes))
            chart = wandb.plot.confusion_matrix(y_true=first, preds=second, class_names=classes, title=name)
            self._run.log({name: chart})

    def finish(self, exit_code: int) -> None:
        """Ends the run, and waits a limited time for what is still on its way to a server."""
        try:
            self._run.finish(exit_code=exit_code)
        except TimeoutError:
            log.warning("W&B did not take all of %s in %d s: %s", self._title.name, FINISH_TIMEOUT, LATER)
        except Exception as error:
            log.warning("W&B could not end %s (%s): %s", self._title.name, error, LATER)

    def _packed(self, artifact: Artifact) -> Any:  # noqa: ANN401 - wandb is untyped here
        import wandb

        packed = wandb.Artifact(artifact.name, type=artifact.kind, metadata=dict(artifact.metadata))
        for name, copy in staged(artifact, self._store):
            packed.add_file(str(copy), name=name, policy="immutable")
        if artifact.reference is not None:
            packed.add_reference(artifact.reference, name="content", checksum=False)
        return packed

    @contextmanager
    def _harmless(self, lost: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            log.warning("W&B: %s (%s: %s)", lost, type(error).__name__, error)


def _begun(title: Title, config: dict[str, Any], outputs: Path, mode: Mode) -> Any:  # noqa: ANN401
    import wandb

    def begin(mode: Mode) -> Any:  # noqa: ANN401
        return wandb.init(
            name=title.name,
            project=title.project,
            entity=title.entity,
            dir=outputs,
            mode=mode,
            group=title.group,
            job_type=title.job,
            config=config,
            # Offline, each attempt is a folder of its own with this id; a later sync puts them into one run, in order.
            id=title.id,
            resume="allow" if title.id else None,
            reinit="create_new",
            settings=_settings(),
        )

    if mode == "offline":
        return begin("offline")
    try:
        return begin("online")
    except Exception as error:
        log.warning("W&B could not begin %s online (%s): tracking it offline, %s", title.name, error, LATER)
        return begin("offline")


def _settings() -> Any:  # noqa: ANN401
    import wandb

    os.environ.setdefault("WANDB_SILENT", "true")
    return wandb.Settings(
        silent=True,
        console="off",
        # A remote's address may hold a password.
        disable_git=True,
        # Seconds: what a killed run has logged up to a second before stays readable.
        x_transaction_log_flush_interval=1,
        init_timeout=INIT_TIMEOUT,
        finish_timeout=FINISH_TIMEOUT,
        finish_timeout_raises=True,
    )

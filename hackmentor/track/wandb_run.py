"""One W&B run. What goes wrong while tracking is said once, loudly, and never stops the work that is tracked."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

from hackmentor.track.staging import staged
from hackmentor.track.tracker import LATER, Artifact, Confusion, Table
from hackmentor.track.wandb_server import require_key, server

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

log = logging.getLogger(__name__)

Mode = Literal["offline", "online"]

# Seconds. A server that answered a moment ago and does not now costs these, and no more.
INIT_TIMEOUT, FINISH_TIMEOUT, GRACE = 15, 60, 15


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
        # W&B's own process may stand in another folder than this one.
        outputs = outputs.resolve()
        outputs.mkdir(parents=True, exist_ok=True)
        self._store = outputs / "wandb"
        # Tables wait here for a later sync. W&B's default is a cache folder of the user, which may be cleaned, and
        # then the sync uploads nothing and says it is done.
        os.environ["WANDB_DATA_DIR"] = str(self._store)
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
            self._declare(artifact, used=True)

    def made(self, artifact: Artifact) -> None:
        """An output of this run, with its files."""
        with self._harmless(f"{artifact.name} was not recorded"):
            self._declare(artifact, used=False)

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
        ending = Thread(target=self._end, args=(exit_code,), daemon=True)
        ending.start()
        # W&B's own limit does not hold while it waits for an answer about an artifact.
        ending.join(FINISH_TIMEOUT + GRACE)
        if ending.is_alive():
            log.warning("W&B did not take all of %s in %d s: %s", self._title.name, FINISH_TIMEOUT, LATER)
            _end_process()
            ending.join(GRACE)

    def _end(self, exit_code: int) -> None:
        try:
            self._run.finish(exit_code=exit_code)
        except TimeoutError:
            log.warning("W&B did not take all of %s in %d s: %s", self._title.name, FINISH_TIMEOUT, LATER)
        except Exception as error:
            log.warning("W&B could not end %s (%s: %s): %s", self._title.name, type(error).__name__, error, LATER)

    def _declare(self, artifact: Artifact, *, used: bool) -> None:
        """Writes an artifact into the run's file.

        The public calls won't do: use_artifact raises offline, and online both ask the server first, so that one which
        is away for a minute costs the artifact. This is what lies underneath them: the record is on the disk, and sent
        now or by a later sync.
        """
        packed = self._packed(artifact)
        packed.finalize()
        self._run._interface.publish_artifact(
            self._run, packed, aliases=["latest"], is_user_created=used, use_after_commit=used
        )

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


def _end_process() -> None:
    """Ends W&B's own process, which would hold ours up at its exit. All it was told is in the run's file by now."""
    import psutil

    for child in psutil.Process().children():
        if child.name() == "wandb-core":
            child.kill()
    # Else processes begun from here, and the next run in this one, would look for the one that is gone.
    os.environ.pop("WANDB_SERVICE", None)
    forgetting = Thread(target=_forget, daemon=True)
    forgetting.start()
    forgetting.join(GRACE)


def _forget() -> None:
    import wandb

    with suppress(Exception):  # it says goodbye to who is gone
        wandb.teardown()


def _begun(title: Title, config: dict[str, Any], outputs: Path, mode: Mode) -> Any:  # noqa: ANN401
    import wandb

    def begin(mode: Mode, run_id: str | None) -> Any:  # noqa: ANN401
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
            id=run_id,
            resume="allow" if run_id else None,
            reinit="create_new",
            settings=_settings(mode),
        )

    if mode == "offline":
        return begin("offline", title.id)
    try:
        return begin("online", title.id)
    except Exception as error:
        log.warning("W&B could not begin %s online (%s): tracking it offline, %s", title.name, error, LATER)
        # Its process still holds the id.
        return begin("offline", None)


def _settings(mode: Mode) -> Any:  # noqa: ANN401
    import wandb

    os.environ.setdefault("WANDB_SILENT", "true")
    # W&B reads the environment once a process.
    there = {"base_url": server(), "api_key": require_key("tracker.mode=online")} if mode == "online" else {}
    return wandb.Settings(
        **there,
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

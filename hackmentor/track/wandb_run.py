"""One W&B run. An error of the tracking is logged once, as a warning, and never stops the work that is tracked."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

from hackmentor.track.staging import stage_artifact_files
from hackmentor.track.tracker import SYNC_LATER_HINT, Artifact, ConfusionMatrix, Table
from hackmentor.track.wandb_internals import build_flush_settings, kill_service, publish_artifact
from hackmentor.track.wandb_server import get_api_key, get_server_url

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

log = logging.getLogger(__name__)

Mode = Literal["offline", "online"]

# Seconds. A server that answered a moment ago and does not now costs these, and no more.
INIT_TIMEOUT, FINISH_TIMEOUT, GRACE = 15, 60, 15

# Seconds: what a killed run logged more than this before its end stays readable.
_FLUSH_INTERVAL = 1


@dataclass(frozen=True)
class RunIdentity:
    """What a run is called, and where it belongs. Attempts that share an `id` are one run."""

    name: str
    group: str
    job_type: str
    project: str
    entity: str | None
    id: str | None


class WandbRun:
    """A run in a folder of its own under `outputs`/wandb, the store of all runs of all experiments.

    Offline, no network is used. Online, a server that does not let the run begin makes it an offline one.
    """

    def __init__(self, identity: RunIdentity, config: dict[str, Any], outputs: Path, mode: Mode) -> None:
        # Absolute: W&B's background process may have another working directory.
        outputs = outputs.resolve()
        outputs.mkdir(parents=True, exist_ok=True)
        self._store = outputs / "wandb"
        # Tables wait here for a later sync. W&B's default is a cache folder of the user, which may be cleaned, and
        # then the sync uploads nothing and reports success.
        os.environ["WANDB_DATA_DIR"] = str(self._store)
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        self._identity = identity
        self._run = _init_run(identity, config, outputs, mode)

    def get_loggers(self) -> list[Logger]:
        """The W&B logger. Curves are drawn over optimizer steps."""
        from hackmentor.track.wandb_logger import FaultTolerantWandbLogger

        self._run.define_metric("trainer/global_step")
        self._run.define_metric("*", step_metric="trainer/global_step", step_sync=True)
        return [FaultTolerantWandbLogger(self._run)]

    def use_artifact(self, artifact: Artifact) -> None:
        """Records an input of this run, with its files: a sync of this run alone has the whole of its lineage."""
        with self._errors_logged(f"{artifact.name} was not recorded as an input"):
            publish_artifact(self._run, self._build_wandb_artifact(artifact), is_input=True)

    def log_artifact(self, artifact: Artifact) -> None:
        """Records an output of this run, with its files."""
        with self._errors_logged(f"{artifact.name} was not recorded"):
            publish_artifact(self._run, self._build_wandb_artifact(artifact), is_input=False)

    def log_summary(self, figures: Mapping[str, Any]) -> None:
        """Adds figures to the run's summary."""
        with self._errors_logged("figures were not recorded"):
            self._run.summary.update(dict(figures))

    def log_table(self, name: str, table: Table) -> None:
        """Adds a table to the run's workspace."""
        with self._errors_logged(f"the table {name} was not recorded"):
            import wandb

            rows = [list(row) for row in table.rows]
            self._run.log({name: wandb.Table(columns=list(table.columns), data=rows, allow_mixed_types=True)})

    def log_confusion_matrix(self, name: str, matrix: ConfusionMatrix) -> None:
        """Adds W&B's own chart of a confusion matrix."""
        with self._errors_logged(f"the chart {name} was not recorded"):
            import wandb

            first, second, classes = map(list, (matrix.first, matrix.second, matrix.classes))
            chart = wandb.plot.confusion_matrix(y_true=first, preds=second, class_names=classes, title=name)
            self._run.log({name: chart})

    def finish(self, exit_code: int) -> None:
        """Ends the run, and waits a limited time for what is still on its way to a server."""
        finishing = Thread(target=self._finish_run, args=(exit_code,), daemon=True)
        finishing.start()
        # W&B's own limit does not hold while it waits for an answer about an artifact.
        finishing.join(FINISH_TIMEOUT + GRACE)
        if finishing.is_alive():
            self._warn_of_timeout()
            kill_service(GRACE)
            finishing.join(GRACE)

    def _finish_run(self, exit_code: int) -> None:
        try:
            self._run.finish(exit_code=exit_code)
        except TimeoutError:
            self._warn_of_timeout()
        except Exception as error:
            name, kind = self._identity.name, type(error).__name__
            log.warning("W&B could not end %s (%s: %s): %s", name, kind, error, SYNC_LATER_HINT)

    def _warn_of_timeout(self) -> None:
        log.warning("W&B did not take all of %s in %d s: %s", self._identity.name, FINISH_TIMEOUT, SYNC_LATER_HINT)

    def _build_wandb_artifact(self, artifact: Artifact) -> Any:  # noqa: ANN401 - wandb is untyped here
        import wandb

        built = wandb.Artifact(artifact.name, type=artifact.kind, metadata=dict(artifact.metadata))
        for name, copy in stage_artifact_files(artifact, self._store):
            built.add_file(str(copy), name=name, policy="immutable")
        if artifact.reference is not None:
            built.add_reference(artifact.reference, name="content", checksum=False)
        built.finalize()
        return built

    @contextmanager
    def _errors_logged(self, consequence: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            log.warning("W&B: %s (%s: %s)", consequence, type(error).__name__, error)


def _init_run(identity: RunIdentity, config: dict[str, Any], outputs: Path, mode: Mode) -> Any:  # noqa: ANN401
    import wandb

    def init(mode: Mode, run_id: str | None) -> Any:  # noqa: ANN401
        return wandb.init(
            name=identity.name,
            project=identity.project,
            entity=identity.entity,
            dir=outputs,
            mode=mode,
            group=identity.group,
            job_type=identity.job_type,
            config=config,
            # Offline, each attempt is a folder of its own with this id; a later sync puts them into one run, in order.
            id=run_id,
            resume="allow" if run_id else None,
            reinit="create_new",
            settings=_build_settings(mode),
        )

    if mode == "offline":
        return init("offline", identity.id)
    try:
        return init("online", identity.id)
    except Exception as error:
        name = identity.name
        log.warning("W&B could not begin %s online (%s): tracking it offline, %s", name, error, SYNC_LATER_HINT)
        # W&B's background process still holds the id.
        return init("offline", None)


def _build_settings(mode: Mode) -> Any:  # noqa: ANN401
    import wandb

    os.environ.setdefault("WANDB_SILENT", "true")
    # W&B reads the environment once a process, so a server named since then must be passed.
    login = {"base_url": get_server_url(), "api_key": get_api_key("tracker.mode=online")} if mode == "online" else {}
    return wandb.Settings(
        **login,
        **build_flush_settings(_FLUSH_INTERVAL),
        silent=True,
        console="off",
        # A remote's address may hold a password.
        disable_git=True,
        init_timeout=INIT_TIMEOUT,
        finish_timeout=FINISH_TIMEOUT,
        finish_timeout_raises=True,
    )

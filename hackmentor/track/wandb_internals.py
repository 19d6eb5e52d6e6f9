"""Everything that we use of W&B beyond its public API, each with the reason why no public call will do.

W&B is pinned to a minor version for the sake of this module. `tests/track/test_wandb_internals.py` fails when W&B no
longer has one of these names, and when any other module uses a private one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

SERVICE_PROCESS = "wandb-core"
SERVICE_VARIABLE = "WANDB_SERVICE"
FLUSH_INTERVAL_SETTING = "x_transaction_log_flush_interval"
LOG_SUFFIX = ".wandb"
SYNC_MARKER_SUFFIX = ".wandb.synced"


def publish_artifact(run: Any, artifact: Any, *, is_input: bool) -> None:  # noqa: ANN401 - wandb is untyped here
    """Writes an artifact into the run's transaction log, as an input or an output of the run: `Run._interface`.

    Run.use_artifact raises offline, and online both it and Run.log_artifact ask the server first, so a server that is
    away for a minute costs the artifact. This is what lies beneath them: the record is on disk at once, and is sent now
    or by a later sync.
    """
    run._interface.publish_artifact(
        run, artifact, aliases=["latest"], is_user_created=is_input, use_after_commit=is_input
    )


def build_flush_settings(seconds: float) -> dict[str, float]:
    """The keyword of wandb.Settings by which the transaction log is flushed to disk this often.

    The setting is experimental (`x_`) and the only one of its kind. By default a killed run loses its last 15 seconds.
    """
    return {FLUSH_INTERVAL_SETTING: seconds}


def replace_artifact_paths(serialized: bytes, new_paths: Mapping[str, str]) -> bytes:
    """A record of a transaction log with other paths for the files of its artifact: `wandb.proto.wandb_internal_pb2`.

    The client reads these paths when it sends a run, and no option of it says that they have moved. A record without
    any of them keeps its bytes.
    """
    from wandb.proto.wandb_internal_pb2 import Record

    record = Record.FromString(serialized)
    if record.WhichOneof("record_type") != "artifact":
        return serialized
    moved = [file for file in record.artifact.manifest.contents if file.local_path in new_paths]
    for file in moved:
        file.local_path = new_paths[file.local_path]
    return bytes(record.SerializeToString()) if moved else serialized


def kill_service(timeout_seconds: float) -> None:
    """Kills W&B's background process, `wandb-core`, and forgets it. Everything logged is in the run's file by then.

    While it goes on trying to reach a silent server, it holds up the exit of our process, and wandb.teardown waits for
    it without a limit. The variable WANDB_SERVICE must go too: otherwise child processes, and the next run in this one,
    would look for the process that is gone.
    """
    import psutil

    for child in psutil.Process().children():
        if child.name() == SERVICE_PROCESS:
            child.kill()
    os.environ.pop(SERVICE_VARIABLE, None)
    teardown = Thread(target=_tear_down, daemon=True)
    teardown.start()
    teardown.join(timeout_seconds)


def _tear_down() -> None:
    import wandb

    with suppress(Exception, SystemExit):  # it fails, or exits with the code of the process that was killed
        wandb.teardown()


def find_transaction_log(run_folder: Path) -> Path | None:
    """The file that holds a run, `run-ID.wandb`, the only one that W&B reads back; None where there is none.

    No public call names it. Its time of modification tells whether a run has grown since it was sent.
    """
    return next(iter(sorted(run_folder.glob(f"*{LOG_SUFFIX}"))), None)


def get_sync_marker_path(transaction_log: Path) -> Path:
    """The empty file with which `wandb sync` marks a run as sent.

    W&B writes it even where files did not arrive, and no option changes that, so we correct it ourselves.
    """
    return transaction_log.with_suffix(SYNC_MARKER_SUFFIX)

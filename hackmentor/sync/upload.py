"""Sends one run to the server, and finds what of it the server does not have afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from hackmentor.sync.moved_content import moved_run_copied
from hackmentor.sync.run_store import StoredRun
from hackmentor.track.wandb_internals import find_transaction_log, get_sync_marker_path
from hackmentor.track.wandb_server import get_server_url

# Seconds the public API waits for an answer.
_API_TIMEOUT = 30


def upload_run(run: StoredRun, api_key: str) -> str:
    """Sends a run with W&B's own client; returns the last line of its output, which is no proof that it arrived."""
    environment = {
        "WANDB_BASE_URL": get_server_url(),
        "WANDB_API_KEY": api_key,
        "WANDB_MODE": "online",
        "WANDB_SILENT": "false",
        "WANDB_DIR": str(run.folder.parent.parent.resolve()),  # its logs go into the store, not into this folder
    }
    with moved_run_copied(run.folder, run.new_paths) as folder:
        options = ["-n", "1", "--include-synced", "--include-online"]
        command = [sys.executable, "-m", "wandb", "sync", *options, str(folder)]
        done = subprocess.run(
            command,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    return (done.stdout.strip().splitlines() or [f"exit code {done.returncode}"])[-1].removeprefix("wandb: ")


def find_missing_on_server(run: StoredRun, expected_rows: int, api_key: str) -> list[str]:
    """What of a run the server does not have, in words.

    Args:
        run: one attempt.
        expected_rows: the history rows of all attempts at the run that were sent.
        api_key: for the server.
    """
    import wandb

    try:
        api = wandb.Api({"base_url": get_server_url()}, api_key=api_key, timeout=_API_TIMEOUT)
        server_run = api.run(f"{run.entity or api.default_entity}/{run.project}/{run.id}")
        return list(_list_missing(run, expected_rows, server_run))
    except Exception as error:
        return [f"the server can't show it: {str(error).splitlines()[0] if str(error) else type(error).__name__}"]


def _list_missing(run: StoredRun, expected_rows: int, server_run: Any) -> Iterator[str]:  # noqa: ANN401 - wandb's
    if (rows := server_run.history_line_count or 0) < expected_rows:
        yield f"{expected_rows - rows} of {expected_rows} rows of its history"
    committed = {
        is_input: {artifact.digest for artifact in artifacts if artifact.state == "COMMITTED"}
        for is_input, artifacts in ((True, server_run.used_artifacts()), (False, server_run.logged_artifacts()))
    }
    for artifact in run.artifacts:
        if artifact.digest not in committed[artifact.is_input]:
            yield f"{artifact.name}, which it {'used' if artifact.is_input else 'made'}"


def update_sync_marker(run: StoredRun, *, has_arrived: bool) -> None:
    """Sets or removes W&B's marker of a sent run, dated to when the run was read: it may have grown since."""
    if (log := find_transaction_log(run.folder)) is None:
        return
    marker = get_sync_marker_path(log)
    if has_arrived:
        marker.touch()
        os.utime(marker, ns=(run.log_mtime_ns, run.log_mtime_ns))
    else:
        marker.unlink(missing_ok=True)

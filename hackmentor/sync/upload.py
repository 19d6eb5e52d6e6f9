"""One run to the server, and what of it the server has afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from hackmentor.sync.run_store import StoredRun, marker, transaction_log
from hackmentor.track.wandb_server import server

# Seconds the public API waits for an answer.
_PATIENCE = 30


def send(run: StoredRun, key: str) -> str:
    """Sends a run with W&B's own client; returns the last of what it said, which is not yet a reason to believe it."""
    command = [
        sys.executable,
        "-m",
        "wandb",
        "sync",
        "-n",
        "1",
        "--include-synced",
        "--include-online",
        str(run.folder),
    ]
    online = {
        "WANDB_BASE_URL": server(),
        "WANDB_API_KEY": key,
        "WANDB_MODE": "online",
        "WANDB_SILENT": "false",
        "WANDB_DIR": str(run.folder.parent.parent.resolve()),  # its logs go into the store, not into this folder
    }
    done = subprocess.run(
        command, env=os.environ | online, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return (done.stdout.strip().splitlines() or [f"exit code {done.returncode}"])[-1].removeprefix("wandb: ")


def missing_there(run: StoredRun, rows: int, key: str) -> list[str]:
    """What of a run the server does not have, in words. `rows` are those of all attempts at it that were sent."""
    import wandb

    try:
        api = wandb.Api({"base_url": server()}, api_key=key, timeout=_PATIENCE)
        there = api.run(f"{run.entity or api.default_entity}/{run.project}/{run.id}")
        return list(_missing(run, rows, there))
    except Exception as error:
        return [f"the server can't show it: {str(error).splitlines()[0] if str(error) else type(error).__name__}"]


def _missing(run: StoredRun, rows: int, there: Any) -> Iterator[str]:  # noqa: ANN401 - wandb is untyped here
    if (arrived := there.history_line_count or 0) < rows:
        yield f"{rows - arrived} of {rows} rows of its history"
    known = {
        used: {one.digest for one in listed if one.state == "COMMITTED"}
        for used, listed in ((True, there.used_artifacts()), (False, there.logged_artifacts()))
    }
    for one in run.artifacts:
        if one.digest not in known[one.used]:
            yield f"{one.name}, which it {'used' if one.used else 'made'}"


def settle(run: StoredRun, *, arrived: bool) -> None:
    """Leaves W&B's mark of a sent run only where it is true, and as of when the run was read: it may have grown."""
    if (log := transaction_log(run.folder)) is None:
        return
    if arrived:
        marker(log).touch()
        os.utime(marker(log), ns=(run.as_of, run.as_of))
    else:
        marker(log).unlink(missing_ok=True)

"""What lies in a store of W&B runs, read by W&B's own reader."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError

# Readers side by side: each is a process that takes a second.
_READERS = 4


@dataclass(frozen=True)
class Entry:
    """A file of an artifact: where its bytes wait, and what they were when it was logged. `md5` is in base64."""

    path: str
    waits: Path
    size: int
    md5: str


@dataclass(frozen=True)
class Logged:
    """An artifact that a run made or used."""

    name: str
    kind: str
    digest: str
    used: bool
    entries: Sequence[Entry]


@dataclass(frozen=True)
class StoredRun:
    """One attempt at a run. `exit_code` is None where it did not end: killed, or still running.

    `as_of` is when its file last changed before it was read, in nanoseconds.
    """

    folder: Path
    as_of: int
    began: datetime
    id: str
    name: str
    group: str
    job: str
    project: str
    entity: str
    rows: int
    exit_code: int | None
    artifacts: Sequence[Logged]
    files: Sequence[Path]

    @property
    def state(self) -> str:
        """How it ended, in words."""
        if self.exit_code is None:
            return "incomplete"
        return "finished" if self.exit_code == 0 else f"failed ({self.exit_code})"

    @property
    def online(self) -> bool:
        """Whether it was sent while it ran, or was meant to be."""
        return not self.folder.name.startswith("offline-")

    @property
    def bytes(self) -> int:
        """Of all files of its artifacts."""
        return sum(entry.size for one in self.artifacts for entry in one.entries)


def transaction_log(folder: Path) -> Path | None:
    """The file that holds a run, the only one that W&B reads back."""
    return next(iter(sorted(folder.glob("*.wandb"))), None)


def marker(log: Path) -> Path:
    """W&B's own mark of a run that was sent."""
    return log.with_suffix(".wandb.synced")


def is_sent(folder: Path) -> bool:
    """Whether a run was sent, and has not grown since."""
    log = transaction_log(folder)
    return log is None or (marker(log).is_file() and marker(log).stat().st_mtime_ns >= log.stat().st_mtime_ns)


def read_store(store: Path) -> list[StoredRun]:
    """The runs that were not sent yet, the earliest first.

    Raises:
        UserError: if there is no store, or a run can't be read.
    """
    if not store.is_dir():
        raise UserError(f"store={store}: there is no such folder; run `hackmentor train` first, or name another")
    folders = [one for one in store.glob("*run-*") if one.is_dir() and not is_sent(one)]
    with ThreadPoolExecutor(_READERS) as readers:
        # By what the runs say: the names of their folders know the second alone.
        return sorted(readers.map(read_run, folders), key=lambda run: run.began)


def read_run(folder: Path) -> StoredRun:
    """One run. Raises UserError if W&B can't read it."""
    log = transaction_log(folder)
    as_of = log.stat().st_mtime_ns if log else 0
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        records = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
        begun = next(record["run"] for record in records if record["type"] == "run")
    except (ValueError, StopIteration) as error:
        said = (done.stderr.strip().splitlines() or ["nothing was logged"])[-1]
        raise UserError(f"{folder}: W&B can't read this run ({said}); move it away to sync the others") from error
    ends = [record["exit"] for record in records if record["type"] == "exit"]
    return StoredRun(
        folder,
        as_of,
        datetime.fromisoformat(begun["start_time"]),
        begun["run_id"],
        begun.get("display_name", begun["run_id"]),
        begun.get("run_group", ""),
        begun.get("job_type", ""),
        begun["project"],
        begun.get("entity", ""),
        sum(record["type"] == "history" for record in records),
        ends[-1].get("exit_code", 0) if ends else None,
        [_logged(record["artifact"]) for record in records if record["type"] == "artifact"],
        [
            folder / "files" / file["path"]
            for record in records
            if record["type"] == "files"
            for file in record["files"]["files"]
        ],
    )


def _logged(record: dict[str, Any]) -> Logged:
    contents = record.get("manifest", {}).get("contents", [])
    entries = [
        Entry(one["path"], Path(one["local_path"]), int(one.get("size", 0)), one["digest"])
        for one in contents
        if "ref" not in one
    ]
    used = bool(record.get("use_after_commit"))
    return Logged(record["name"], record["type"], record["digest"], used, entries)

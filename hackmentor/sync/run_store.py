"""The runs in a local W&B store, read by W&B's own reader."""

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
from hackmentor.sync.moved_content import locate_content
from hackmentor.track.wandb_internals import find_transaction_log, get_sync_marker_path

# Each reader is a process that takes about a second.
_PARALLEL_READERS = 4


@dataclass(frozen=True)
class ArtifactFile:
    """A file of an artifact: where its content is kept, and its size in bytes and MD5 (base64) when it was logged.

    `recorded_path` is where it was kept then: the store may have moved since.
    """

    path: str
    local_path: Path
    recorded_path: str
    size: int
    md5: str


@dataclass(frozen=True)
class LoggedArtifact:
    """An artifact that a run produced or, with `is_input`, used."""

    name: str
    kind: str
    digest: str
    is_input: bool
    files: Sequence[ArtifactFile]


@dataclass(frozen=True)
class StoredRun:
    """One attempt at a run. `exit_code` is None if it did not end: killed, or still running.

    `log_mtime_ns` is when its transaction log last changed before it was read, in nanoseconds since the epoch.
    """

    folder: Path
    log_mtime_ns: int
    started_at: datetime
    id: str
    name: str
    group: str
    job_type: str
    project: str
    entity: str
    rows: int
    exit_code: int | None
    artifacts: Sequence[LoggedArtifact]
    files: Sequence[Path]

    @property
    def state(self) -> str:
        """How it ended, in words."""
        if self.exit_code is None:
            return "incomplete"
        return "finished" if self.exit_code == 0 else f"failed ({self.exit_code})"

    @property
    def is_online(self) -> bool:
        """Whether it was sent while it ran, or was meant to be."""
        return not self.folder.name.startswith("offline-")

    @property
    def new_paths(self) -> dict[str, str]:
        """The present path of each file that has moved since it was logged, by its path then."""
        files = [file for artifact in self.artifacts for file in artifact.files]
        return {
            file.recorded_path: str(file.local_path.resolve())
            for file in files
            if str(file.local_path) != file.recorded_path
        }

    @property
    def artifact_bytes(self) -> int:
        """The size of all files of its artifacts."""
        return sum(file.size for artifact in self.artifacts for file in artifact.files)


def is_synced(run_folder: Path) -> bool:
    """Whether a run was sent, and has not grown since."""
    log = find_transaction_log(run_folder)
    if log is None:
        return True
    marker = get_sync_marker_path(log)
    return marker.is_file() and marker.stat().st_mtime_ns >= log.stat().st_mtime_ns


def read_store(store: Path) -> list[StoredRun]:
    """The runs that were not sent yet, the earliest first.

    Raises:
        UserError: if there is no store, or a run can't be read.
    """
    if not store.is_dir():
        raise UserError(f"store={store}: there is no such folder; run `hackmentor train` first, or name another")
    folders = [folder for folder in store.glob("*run-*") if folder.is_dir() and not is_synced(folder)]
    with ThreadPoolExecutor(_PARALLEL_READERS) as readers:
        # By what the runs themselves say: the names of their folders are only accurate to a second.
        return sorted(readers.map(read_run, folders), key=lambda run: run.started_at)


def read_run(run_folder: Path) -> StoredRun:
    """Reads one run. Raises UserError if W&B can't read it."""
    log = find_transaction_log(run_folder)
    log_mtime_ns = log.stat().st_mtime_ns if log else 0
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(run_folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        records = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
        run = next(record["run"] for record in records if record["type"] == "run")
    except (ValueError, StopIteration) as error:
        message = (done.stderr.strip().splitlines() or ["nothing was logged"])[-1]
        raise UserError(
            f"{run_folder}: W&B can't read this run ({message}); move it away to sync the others"
        ) from error
    exits = [record["exit"] for record in records if record["type"] == "exit"]
    return StoredRun(
        run_folder,
        log_mtime_ns,
        datetime.fromisoformat(run["start_time"]),
        run["run_id"],
        run.get("display_name", run["run_id"]),
        run.get("run_group", ""),
        run.get("job_type", ""),
        run["project"],
        run.get("entity", ""),
        sum(record["type"] == "history" for record in records),
        exits[-1].get("exit_code", 0) if exits else None,
        [_parse_artifact(record["artifact"], run_folder) for record in records if record["type"] == "artifact"],
        [
            run_folder / "files" / file["path"]
            for record in records
            if record["type"] == "files"
            for file in record["files"]["files"]
        ],
    )


def _parse_artifact(record: dict[str, Any], run_folder: Path) -> LoggedArtifact:
    files = [
        ArtifactFile(
            entry["path"],
            locate_content(Path(entry["local_path"]), run_folder),
            entry["local_path"],
            int(entry.get("size", 0)),
            entry["digest"],
        )
        for entry in record.get("manifest", {}).get("contents", [])
        if "ref" not in entry
    ]
    is_input = bool(record.get("use_after_commit"))
    return LoggedArtifact(record["name"], record["type"], record["digest"], is_input, files)

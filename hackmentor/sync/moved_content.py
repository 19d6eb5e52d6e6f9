"""Content of a store that has moved: copied to another machine, renamed, behind a link, in another home."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hackmentor.sync.transaction_log import copy_with_new_paths
from hackmentor.track.wandb_internals import find_transaction_log

# Folders below artifacts/ in a store: our copies by hash, and W&B's own of tables.
_CONTENT_FOLDERS = ("content", "staging")


def locate_content(recorded: Path, run_folder: Path) -> Path:
    """Where a file of an artifact is now: below the store that the run is read from, else where it was recorded.

    Args:
        recorded: the absolute path that was recorded when the artifact was logged.
        run_folder: the folder of the run, directly below the store.
    """
    candidate = _map_into_store(recorded, run_folder)
    if candidate is None or (recorded.exists() and candidate.exists() and recorded.samefile(candidate)):
        return recorded
    return candidate if candidate.is_file() or not recorded.is_file() else recorded


def _map_into_store(recorded: Path, run_folder: Path) -> Path | None:
    parts = recorded.parts
    for place in range(len(parts) - 2, 0, -1):
        if parts[place] == "artifacts" and parts[place + 1] in _CONTENT_FOLDERS:
            return run_folder.parent.joinpath(*parts[place:])
        if parts[place] == run_folder.name:
            return run_folder.joinpath(*parts[place + 1 :])
    return None


@contextmanager
def moved_run_copied(run_folder: Path, new_paths: dict[str, str]) -> Iterator[Path]:
    """Yields a copy of a run's folder whose log has the present paths of its files; without new ones, the run itself.

    W&B's client reads the paths from the log. The copy is of the log alone, in a temporary folder.
    """
    log = find_transaction_log(run_folder)
    if not new_paths or log is None:
        yield run_folder
        return
    with tempfile.TemporaryDirectory(prefix="hackmentor-sync-") as temporary:
        copy = Path(temporary, run_folder.name)
        copy.mkdir()
        for entry in run_folder.resolve().iterdir():
            if entry.name not in (log.name, f"{log.name}.synced"):
                (copy / entry.name).symlink_to(entry)
        copy_with_new_paths(log, copy / log.name, new_paths)
        yield copy

"""Whether everything that a run refers to is still there. W&B sends what it finds, and says `Finished` of the rest."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from hackmentor.runtime.errors import UserError
from hackmentor.sync.run_store import Entry, StoredRun

_SHOWN = 20


def refuse_missing(runs: Sequence[StoredRun]) -> None:
    """Checks every file of every manifest: that it exists, its size, its md5.

    Raises:
        UserError: listing what is missing or changed; nothing has been sent then.
    """
    if not (found := [line for run in runs for line in _missing(run)]):
        return
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    lines = "\n  ".join([*found[:_SHOWN], *more])
    raise UserError(
        f"nothing was sent: {len(found)} of the files that belong to these runs would not arrive\n  {lines}\n"
        "Put them back, send other experiments with experiment=NAME, or move the folders of these runs away"
    )


def _missing(run: StoredRun) -> Iterator[str]:
    for artifact in run.artifacts:
        for entry in artifact.entries:
            if why := _wrong(entry):
                yield f"{run.folder.name}, {run.name}: {artifact.name}/{entry.path}: {entry.waits} {why}"
    for file in run.files:
        if not file.is_file():
            yield f"{run.folder.name}, {run.name}: {file} is gone"


def _wrong(entry: Entry) -> str:
    if not entry.waits.is_file():
        return "is gone"
    stat = entry.waits.stat()
    if stat.st_size != entry.size:
        return f"has {stat.st_size} bytes, not {entry.size}"
    return "" if _md5(entry.waits, stat.st_mtime_ns) == entry.md5 else "has other content than was logged"


@cache
def _md5(file: Path, _changed: int) -> str:
    """In base64, as W&B writes it. One copy serves many runs, and is read once."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return base64.b64encode(digest.digest()).decode()

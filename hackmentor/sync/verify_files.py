"""Whether every file that a run refers to still exists unchanged. W&B sends what it finds, and reports success."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from hackmentor.runtime.errors import UserError
from hackmentor.sync.run_store import ArtifactFile, StoredRun

_MAX_PROBLEMS_SHOWN = 20


def check_files(runs: Sequence[StoredRun]) -> None:
    """Checks every file of every manifest: that it exists, its size, its MD5.

    Raises:
        UserError: listing what is missing or changed. Nothing has been sent by then.
    """
    if not (problems := [problem for run in runs for problem in _find_problems(run)]):
        return
    more = [f"and {len(problems) - _MAX_PROBLEMS_SHOWN} more"] if len(problems) > _MAX_PROBLEMS_SHOWN else []
    lines = "\n  ".join([*problems[:_MAX_PROBLEMS_SHOWN], *more])
    raise UserError(
        f"nothing was sent: {len(problems)} of the files that belong to these runs would not arrive\n  {lines}\n"
        "Put them back, send other experiments with experiment=NAME, or move the folders of these runs away"
    )


def _find_problems(run: StoredRun) -> Iterator[str]:
    for artifact in run.artifacts:
        for file in artifact.files:
            if problem := _describe_problem(file):
                yield f"{run.folder.name}, {run.name}: {artifact.name}/{file.path}: {file.local_path} {problem}"
    for run_file in run.files:
        if not run_file.is_file():
            yield f"{run.folder.name}, {run.name}: {run_file} is gone"


def _describe_problem(file: ArtifactFile) -> str:
    if not file.local_path.is_file():
        return "is gone"
    stat = file.local_path.stat()
    if stat.st_size != file.size:
        return f"has {stat.st_size} bytes, not {file.size}"
    return "" if _compute_md5(file.local_path, stat.st_mtime_ns) == file.md5 else "has other content than was logged"


@cache
def _compute_md5(file: Path, _mtime_ns: int) -> str:
    """In base64, as W&B writes it. One copy serves many runs, and is read once as long as it does not change."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return base64.b64encode(digest.digest()).decode()

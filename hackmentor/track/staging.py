"""Copies of the files of artifacts, one for each distinct content, kept until a sync has sent them.

W&B makes a copy each time that an artifact is logged: a grid of 40 cells would hold its data set 40 times.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from hackmentor.runtime.files import write_text
from hackmentor.runtime.hashing import compute_file_sha256
from hackmentor.track.tracker import Artifact

CONTENT_FOLDER = Path("artifacts") / "content"


def stage_artifact_files(artifact: Artifact, store: Path) -> Iterator[tuple[str, Path]]:
    """Copies the files of an artifact into the store, and yields the name of each in the artifact, and its copy.

    The paths of the copies are absolute: they may be read later, by a process in another folder.
    """
    folder = store.resolve() / CONTENT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in artifact.texts.items():
        temporary = folder / f".{name}.{os.getpid()}"
        write_text(temporary, text)
        yield name, _copy_by_hash(temporary, folder)
        temporary.unlink()
    for path in artifact.files:
        for name, file in _list_files(path):
            yield name, _copy_by_hash(file, folder)


def _list_files(path: Path) -> Iterator[tuple[str, Path]]:
    """Yields a file, or the files below a folder, with their names in the artifact."""
    if not path.is_dir():
        yield path.name, path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield str(PurePosixPath(path.name, file.relative_to(path))), file


def _copy_by_hash(file: Path, folder: Path) -> Path:
    copy = folder / compute_file_sha256(file)
    if not copy.exists():
        temporary = folder / f".{copy.name}.{os.getpid()}"
        shutil.copyfile(file, temporary)
        temporary.replace(copy)
    return copy

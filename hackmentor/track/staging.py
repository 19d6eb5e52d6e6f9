"""Copies of what artifacts hold, one of each content, until a sync has sent them.

W&B's own copies are one for each time that an artifact is logged: a grid of 40 cells would hold its data set 40 times.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from hackmentor.runtime.files import write_text
from hackmentor.runtime.hashing import file_sha256
from hackmentor.track.tracker import Artifact

FOLDER = Path("artifacts") / "content"


def staged(artifact: Artifact, store: Path) -> Iterator[tuple[str, Path]]:
    """The name of each file in an artifact, and where its copy lies under `store`, absolute: it may be read later."""
    folder = store.resolve() / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in artifact.texts.items():
        written = folder / f".{name}.{os.getpid()}"
        write_text(written, text)
        yield name, _kept(written, folder)
        written.unlink()
    for file in artifact.files:
        for name, part in _parts(file):
            yield name, _kept(part, folder)


def _parts(file: Path) -> Iterator[tuple[str, Path]]:
    if not file.is_dir():
        yield file.name, file
        return
    for part in sorted(file.rglob("*")):
        if part.is_file():
            yield str(PurePosixPath(file.name, part.relative_to(file))), part


def _kept(file: Path, folder: Path) -> Path:
    copy = folder / file_sha256(file)
    if not copy.exists():
        half = folder / f".{copy.name}.{os.getpid()}"
        shutil.copyfile(file, half)
        half.replace(copy)
    return copy

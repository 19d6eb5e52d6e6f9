"""With which versions of HackMentor and its libraries a cell is made. Imports nothing heavy.

They are kept with each checkpoint and each finished cell. Other versions are no reason to refuse a cell or to train it
again, as most of them change nothing, but they are told: a library may round or tokenise otherwise.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from hackmentor import __version__
from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.cell.folder import CellFolder
from hackmentor.runtime.files import read_json_object

_PACKAGES = ("torch", "transformers", "tokenizers", "peft", "bitsandbytes", "lightning")


def get_versions() -> dict[str, str]:
    """The versions here, by name: of HackMentor, Python, and the libraries that decide what a cell's weights become."""
    found = {"hackmentor": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # status and review work without torch
            continue
    return found


def read_versions(folder: CellFolder) -> dict[str, str]:
    """Those that a cell was made with: a finished one, or else its newest checkpoint. Empty where nothing says it."""
    for file in (folder.done, folder.card):  # earlier versions kept them in the card alone
        recorded = (read_json_object(file) or {}).get("versions") if folder.done.is_file() else None
        if isinstance(recorded, dict):
            return recorded
    checkpoints = CheckpointFolder(folder.checkpoints, keep=1).list_checkpoints()
    return (checkpoints[-1].versions or {}) if checkpoints else {}


def describe_other_versions(recorded: Mapping[str, Any] | None) -> str:
    """Which of the recorded versions are others than those here: `torch 2.12.0 (here 2.13.0)`; empty if none is."""
    here = get_versions()
    others = [name for name in here if name in (recorded or {}) and str((recorded or {})[name]) != here[name]]
    return ", ".join(f"{name} {(recorded or {})[name]} (here {here[name]})" for name in others)

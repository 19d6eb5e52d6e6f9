"""export.json: what an export was made of, what is in it, and how it was compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hackmentor import __version__
from hackmentor.cell.folder import CellFolder
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json, write_json
from hackmentor.runtime.hashing import file_sha256

FILE = "export.json"
_PACKAGES = ("torch", "transformers", "peft", "safetensors", "gguf")


def made_of(cell: CellFolder, settings: dict[str, Any]) -> dict[str, Any]:
    """What decides an export: the same again is the same export."""
    card, done = read_json(cell.card), read_json(cell.done)
    return {
        "cell": cell.path.name,
        "experiment": cell.path.parent.name,
        "fingerprint": done["fingerprint"],
        "adapter_sha256": card["adapter"]["sha256"],
        "base_sha256": card["base"]["sha256"],
        "format": settings,
    }


def is_there(folder: Path, wanted: dict[str, Any]) -> bool:
    """Whether a folder holds just this export, whole.

    Raises:
        UserError: if there is something else in its place: nothing is overwritten.
    """
    if not folder.exists():
        return False
    record = (read_json(folder / FILE) if folder.is_dir() else None) or {}
    if record.get("made_of") == wanted and record.get("files") == _files(folder):
        return True
    known = record.get("made_of") or {}
    differs = [key for key, value in wanted.items() if known.get(key) != value]
    why = f"another {', '.join(differs)}" if differs else "its files are no longer as they were"
    raise UserError(f"{folder} is there already ({why}); remove it, or name another place with export.folder=FOLDER")


def write_record(folder: Path, wanted: dict[str, Any], comparisons: Sequence[dict[str, Any]], seconds: float) -> None:
    """Writes export.json, last: it has the hashes of all other files."""
    content = {
        "made_of": wanted,
        "comparisons": list(comparisons),
        "seconds": round(seconds, 1),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"hackmentor": __version__} | {name: version(name) for name in _PACKAGES},
        "files": _files(folder),
    }
    write_json(folder / FILE, content)


def _files(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.name != FILE:
            found[file.name] = {"sha256": file_sha256(file), "bytes": file.stat().st_size}
    return found

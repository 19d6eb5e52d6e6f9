"""export.json: the inputs of an export, the hashes of its files, and the comparisons with the cell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hackmentor import __version__
from hackmentor.cell.file_shapes import Done
from hackmentor.cell.folder import CellFolder
from hackmentor.cell.shaped_files import read_shaped
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object, write_json
from hackmentor.runtime.hashing import compute_file_sha256

RECORD_FILE = "export.json"
_PACKAGES = ("torch", "transformers", "peft", "safetensors", "gguf")


def export_cache_key(cell: CellFolder, settings: dict[str, Any]) -> dict[str, Any]:
    """Returns everything that determines an export: exports with equal keys are the same."""
    card, done = cell.read_card(), read_shaped(cell.done, Done) or {}
    return {
        "cell": cell.path.name,
        "experiment": cell.path.parent.name,
        "fingerprint": done.get("fingerprint"),
        "adapter_sha256": card["adapter"]["sha256"],
        "base_sha256": card["base"]["sha256"],
        "format": settings,
    }


def is_already_exported(folder: Path, cache_key: dict[str, Any]) -> bool:
    """Whether a folder holds exactly this export, complete.

    Raises:
        UserError: if the folder holds anything else, as nothing is overwritten.
    """
    if not folder.exists():
        return False
    record = (read_json_object(folder / RECORD_FILE) if folder.is_dir() else None) or {}
    if record.get("made_of") == cache_key and record.get("files") == _hash_files(folder):
        return True
    recorded = record.get("made_of")
    differs = [key for key, value in cache_key.items() if not isinstance(recorded, dict) or recorded.get(key) != value]
    why = f"another {', '.join(differs)}" if differs else "its files are no longer as they were"
    raise UserError(f"{folder} is there already ({why}); remove it, or name another place with export.folder=FOLDER")


def write_export_record(
    folder: Path,
    cache_key: dict[str, Any],
    comparisons: Sequence[dict[str, Any]],
    token_ids: dict[str, str],
    seconds: float,
) -> None:
    """Writes export.json, last, as it has the hashes of all other files."""
    content = {
        "made_of": cache_key,
        "comparisons": list(comparisons),
        "token_ids": token_ids,
        "seconds": round(seconds, 1),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"hackmentor": __version__} | {name: version(name) for name in _PACKAGES},
        "files": _hash_files(folder),
    }
    write_json(folder / RECORD_FILE, content)


def _hash_files(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.name != RECORD_FILE:
            found[file.name] = {"sha256": compute_file_sha256(file), "bytes": file.stat().st_size}
    return found

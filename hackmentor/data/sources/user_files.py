"""A user's own files as a source: finds them, and tells ready-made records from documents."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hackmentor.data.sources.documents import DOCUMENT_READERS, describe_json
from hackmentor.data.sources.jsonl_text import is_rendered
from hackmentor.data.sources.stix import extract_objects, holds_stix
from hackmentor.records.read.data_file import RECORD_SUFFIXES, get_data_suffix
from hackmentor.records.read.foreign_formats import RULE_SUFFIXES
from hackmentor.records.read.keys import holds_record
from hackmentor.records.read.rows import read_first_rows
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.links import LINK_OUTSIDE, leads_out, list_outward_links

DOCUMENT_SUFFIXES = tuple(DOCUMENT_READERS)
SEEN_ROWS = 50
TRAINING_PART = re.compile(r"(?:^|[-_./])(?:train|training)(?=[-_./]|$)", re.IGNORECASE)
HELD_OUT_PART = re.compile(
    r"(?:^|[-_./])(?:test|testing|eval|evaluation|val|valid|validation|dev|heldout|held_out)(?=[-_./]|$)", re.IGNORECASE
)

ContentKind = Literal["records", "documents", "foreign"]


@dataclass(frozen=True, slots=True)
class FileSet:
    """The files of a source: what they hold, and why those that are left out are."""

    kind: Literal["records", "documents"]
    files: Mapping[str, Path]
    left_out: Mapping[str, list[str]] = field(default_factory=dict)


def is_user_path(source: str) -> bool:
    """Whether an entry of data.sources reads as a path, not as the name of a source."""
    path = Path(source).expanduser()
    has_known_suffix = get_data_suffix(path) in (*RECORD_SUFFIXES, *DOCUMENT_SUFFIXES, *RULE_SUFFIXES, ".xml", ".whl")
    return "/" in source or os.sep in source or source.startswith((".", "~")) or has_known_suffix or path.exists()


def resolve_user_path(source: str) -> Path:
    """The file or folder that a source names. Raises UserError if there is none."""
    path = Path(source).expanduser()
    if not path.exists():
        raise UserError(f"data.sources={source}: there is no such file or folder")
    return path


def get_path_name(path: Path) -> str:
    """The last part of a path, also of one like `..`."""
    return path.name if path.name.strip(".") else path.resolve().name


def list_user_files(path: Path) -> dict[str, Path]:
    """The files of a source by their names in it, in a fixed order, without hidden files and links out of a folder.

    Raises UserError for a folder without files.
    """
    if path.is_file():
        return {path.name: path}
    files = {file.relative_to(path).as_posix(): file for file in sorted(path.rglob("*")) if file.is_file()}
    visible = {
        name: file
        for name, file in files.items()
        if not any(part.startswith(".") for part in name.split("/")) and not leads_out(file, path)
    }
    if not visible:
        if path.exists() and not path.is_dir():
            raise UserError(f"{path}: a pipe or a device; save what comes from it in a file, and name that")
        raise UserError(f"{path}: a folder without files")
    return visible


def sort_user_files(path: Path) -> FileSet:
    """The files of a source, and whether they are ready-made records, or documents to make records from.

    Records: JSON, JSON lines, CSV, TSV or Parquet of which one of the first rows has one of the shapes of
    `import_records`. Documents: text, PDF, STIX, rows with `text` only. JSON that is neither is left out beside other
    files, and counted. Raises UserError for a folder that mixes records and documents.
    """
    files = list_user_files(path)
    kinds = {name: _detect_file_kind(file) for name, file in files.items()}
    example = {kind: name for name, kind in kinds.items()}
    if {"records", "documents"} <= example.keys():
        raise UserError(
            f"{path}: holds both ready-made records ({example['records']}) and documents ({example['documents']}). "
            "Name the two in data.sources one by one, or put them into folders of their own"
        )
    if "documents" in example:
        return FileSet("documents", files)
    if "records" not in example:
        # Nothing but foreign files: to read the first as records says what is wrong with it.
        return FileSet("records", files)
    links = list_outward_links(path)
    left_out: dict[str, list[str]] = {LINK_OUTSIDE: links} if links else {}
    for name in (name for name, kind in kinds.items() if kind == "foreign"):
        left_out.setdefault(describe_json(files[name]), []).append(name)
    return FileSet("records", {name: file for name, file in files.items() if kinds[name] == "records"}, left_out)


def find_split_sides(names: Mapping[str, Path]) -> dict[str, bool]:
    """Whether each file is held out, by name, where a folder says so itself: it has files for training and others.

    Empty where the names do not say it, or all say the same.
    """
    sides = {name: bool(HELD_OUT_PART.search(name)) and not TRAINING_PART.search(name) for name in names}
    has_training = any(TRAINING_PART.search(name) for name in names)
    return sides if has_training and any(sides.values()) else {}


def _detect_file_kind(path: Path) -> ContentKind:
    suffix = get_data_suffix(path)
    if suffix not in RECORD_SUFFIXES:
        return "documents"
    try:
        if suffix == ".json" and holds_stix(path):
            return "documents"
        rows = read_first_rows(path, SEEN_ROWS)
    except UserError:
        return "foreign"
    if any(holds_record(row) or isinstance(row, list) or _is_rendered_row(row) for row in rows):
        return "records"
    if any(isinstance(row, str) or (isinstance(row, dict) and "text" in row) or _is_stix_row(row) for row in rows):
        return "documents"
    # Lines that are no records are an error with the place, as one among records is; a JSON file is another program's.
    return "foreign" if suffix == ".json" else "records"


def _is_stix_row(row: object) -> bool:
    return isinstance(row, dict) and extract_objects(row if "objects" in row else [row]) is not None


def _is_rendered_row(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("text"), str) and is_rendered(row["text"])

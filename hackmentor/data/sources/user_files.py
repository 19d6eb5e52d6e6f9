"""A user's own files as a source: found, and told apart into ready-made records and documents."""

import os
import re
from pathlib import Path
from typing import Literal

from hackmentor.data.sources.documents import READERS
from hackmentor.records.read.rows import RECORD_SUFFIXES, first_row
from hackmentor.runtime.errors import UserError

DOCUMENT_SUFFIXES = tuple(READERS)
STIX = re.compile(r'"type"\s*:\s*"bundle"')
HEAD = 1 << 16

Kind = Literal["records", "documents"]


def is_path(source: str) -> bool:
    """Whether an entry of data.sources reads as a path, not as the name of a source."""
    path = Path(source).expanduser()
    known = path.suffix.lower() in (*RECORD_SUFFIXES, *DOCUMENT_SUFFIXES)
    return "/" in source or os.sep in source or source.startswith((".", "~")) or known or path.exists()


def own_path(source: str) -> Path:
    """The file or folder that a source names. Raises UserError if there is none."""
    path = Path(source).expanduser()
    if not path.exists():
        raise UserError(f"data.sources={source}: there is no such file or folder")
    return path


def own_name(path: Path) -> str:
    """The last part of a path, also of one like `..`."""
    return path.name if path.name.strip(".") else path.resolve().name


def own_files(path: Path) -> dict[str, Path]:
    """The files of a source by their names in it, in a fixed order; hidden ones are no part of it.

    Raises UserError for a folder without files.
    """
    if path.is_file():
        return {path.name: path}
    inside = {file.relative_to(path).as_posix(): file for file in sorted(path.rglob("*")) if file.is_file()}
    seen = {name: file for name, file in inside.items() if not any(part.startswith(".") for part in name.split("/"))}
    if not seen:
        raise UserError(f"{path}: a folder without files")
    return seen


def kind_of(path: Path) -> Kind:
    """Whether a file or folder holds ready-made records or documents to make records from.

    Records: JSON, JSONL or Parquet whose first row has one of the shapes of `read_foreign`. Documents: text, PDF, a
    STIX bundle, rows that hold a `text` only. Raises UserError for a folder that mixes the two.
    """
    kinds = {name: _kind_of_file(file) for name, file in own_files(path).items()}
    if len(set(kinds.values())) > 1:
        example = {kind: name for name, kind in kinds.items()}
        raise UserError(
            f"{path}: holds both ready-made records ({example['records']}) and documents ({example['documents']}). "
            "Name the two in data.sources one by one, or put them into folders of their own"
        )
    return next(iter(kinds.values()))


def _kind_of_file(path: Path) -> Kind:
    if path.suffix.lower() not in RECORD_SUFFIXES:
        return "documents"
    if path.suffix.lower() == ".json" and _is_stix(path):
        return "documents"
    row = first_row(path)
    only_text = isinstance(row, dict) and "text" in row and not {"instruction", "messages", "conversations"} & set(row)
    return "documents" if only_text else "records"


def _is_stix(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.read(HEAD).lstrip()
        return head.startswith("{") and bool(STIX.search(head) or STIX.search(file.read()))

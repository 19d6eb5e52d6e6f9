"""A user's own files as a source: finds them, and tells ready-made records from documents."""

import os
import re
from pathlib import Path
from typing import Literal

from hackmentor.data.sources.documents import DOCUMENT_READERS
from hackmentor.records.read.rows import RECORD_SUFFIXES, read_first_row
from hackmentor.runtime.errors import UserError

DOCUMENT_SUFFIXES = tuple(DOCUMENT_READERS)
STIX_BUNDLE = re.compile(r'"type"\s*:\s*"bundle"')
HEAD_CHARACTERS = 1 << 16

ContentKind = Literal["records", "documents"]


def is_user_path(source: str) -> bool:
    """Whether an entry of data.sources reads as a path, not as the name of a source."""
    path = Path(source).expanduser()
    has_known_suffix = path.suffix.lower() in (*RECORD_SUFFIXES, *DOCUMENT_SUFFIXES)
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
    """The files of a source by their names in it, in a fixed order, without hidden files.

    Raises UserError for a folder without files.
    """
    if path.is_file():
        return {path.name: path}
    files = {file.relative_to(path).as_posix(): file for file in sorted(path.rglob("*")) if file.is_file()}
    visible = {name: file for name, file in files.items() if not any(part.startswith(".") for part in name.split("/"))}
    if not visible:
        raise UserError(f"{path}: a folder without files")
    return visible


def detect_content_kind(path: Path) -> ContentKind:
    """Whether a file or folder contains ready-made records, or documents to make records from.

    Records: JSON, JSONL or Parquet whose first row has one of the shapes of `import_records`. Documents: text, PDF, a
    STIX bundle, rows with `text` only. Raises UserError for a folder that mixes the two.
    """
    kinds = {name: _detect_file_kind(file) for name, file in list_user_files(path).items()}
    if len(set(kinds.values())) > 1:
        example = {kind: name for name, kind in kinds.items()}
        raise UserError(
            f"{path}: holds both ready-made records ({example['records']}) and documents ({example['documents']}). "
            "Name the two in data.sources one by one, or put them into folders of their own"
        )
    return next(iter(kinds.values()))


def _detect_file_kind(path: Path) -> ContentKind:
    if path.suffix.lower() not in RECORD_SUFFIXES:
        return "documents"
    if path.suffix.lower() == ".json" and _is_stix_bundle(path):
        return "documents"
    row = read_first_row(path)
    holds_text_only = (
        isinstance(row, dict) and "text" in row and not {"instruction", "messages", "conversations"} & set(row)
    )
    return "documents" if holds_text_only else "records"


def _is_stix_bundle(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.read(HEAD_CHARACTERS).lstrip()
        return head.startswith("{") and bool(STIX_BUNDLE.search(head) or STIX_BUNDLE.search(file.read()))

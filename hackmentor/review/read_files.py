"""Readers of an experiment's files. A file that does not exist yet is None or empty; an unreadable one is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hackmentor.runtime.bounded_yaml import read_yaml
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import compute_file_sha256

# What the page shows of one text, in characters: enough to judge an answer by, and a page of 40 cells can be mailed.
MAX_TEXT_CHARS = 1200


def read_jsonl_objects(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The objects of a JSONL file, and how many lines held none: a killed process leaves an incomplete line."""
    if not path.is_file():
        return [], 0
    objects, unreadable = [], 0
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                content = json.loads(line)
            except (ValueError, RecursionError):
                content = None
            if isinstance(content, dict):
                objects.append(content)
            else:
                unreadable += 1
    return objects, unreadable


def read_yaml_mapping(path: Path) -> dict[str, Any] | None:
    """A YAML mapping, or None if there is no file. Raises UserError, naming the file, if it holds something else."""
    if not path.is_file():
        return None
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise UserError(f"{path}: is not a mapping; train the cell again with the same arguments")
    return content


def compute_sha256_if_present(path: Path) -> str | None:
    """The SHA-256 of a file in hexadecimal, or None if there is no file."""
    return compute_file_sha256(path) if path.is_file() else None


def clip_text(text: str, max_chars: int = MAX_TEXT_CHARS) -> str:
    """The first characters of a text, and how many more there are."""
    return text if len(text) <= max_chars else f"{text[:max_chars]} … ({len(text) - max_chars:,} characters more)"

"""Reads the files of an experiment. A file that is not there yet is None or empty; one that can't be read is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import file_sha256

# What a page shows of one text, in characters: enough to judge an answer by, and 40 cells can still be mailed.
LONGEST = 1200


def read_object(path: Path) -> dict[str, Any] | None:
    """A JSON object, or None where there is no file. Raises UserError, naming the file, where it is something else."""
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(
            f"{path}: is not JSON ({error}); remove it, and the command that wrote it writes it anew"
        ) from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: is not a JSON object; remove it, and the command that wrote it writes it anew")
    return content


def read_lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The objects of a JSONL file, and how many lines held none: a killed process leaves half a line."""
    if not path.is_file():
        return [], 0
    objects, unread = [], 0
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                content = json.loads(line)
            except ValueError:
                content = None
            if isinstance(content, dict):
                objects.append(content)
            else:
                unread += 1
    return objects, unread


def read_yaml(path: Path) -> dict[str, Any] | None:
    """A YAML mapping, or None where there is no file. Raises UserError, naming the file, where it is something else."""
    if not path.is_file():
        return None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: is not YAML ({error}); train the cell again with the same words") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: is not a mapping; train the cell again with the same words")
    return content


def sha256_of(path: Path) -> str | None:
    """The hash of a file, or None where there is none."""
    if not path.is_file():
        return None
    return file_sha256(path)


def clipped(text: str, longest: int = LONGEST) -> str:
    """A text of bounded length that says how much of it is missing."""
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text) - longest:,} characters more)"

"""Reads and checks JSONL files of items, those of this folder and a user's own, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from hackmentor.runtime.errors import UserError

SAFETY_FOLDER = Path(__file__).parent


class Item(Protocol):
    """An item of a file: its id links it to its answer, its category groups the results."""

    @property
    def id(self) -> str:
        """Unique in its file, and the same in every run."""

    @property
    def category(self) -> str:
        """What it is about."""


T = TypeVar("T", bound=Item)


def read_items(path: Path, item_type: type[T], noun: str) -> list[T]:
    """Reads every line as an item of a pydantic dataclass, which messages call `noun`.

    Raises:
        UserError: names file and line of the first item that is invalid or repeats an id.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    adapter = TypeAdapter(item_type)
    items: dict[str, T] = {}
    for line_number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            item = adapter.validate_json(line)
        except ValidationError as error:
            raise UserError(f"{path}, line {line_number}: not a valid {noun} ({_format_errors(error)})") from error
        if item.id in items:
            raise UserError(f"{path}, line {line_number}: the id {item.id!r} is already taken; give every line its own")
        items[item.id] = item
    if not items:
        raise UserError(f"{path}: no {noun} in it")
    return list(items.values())


def _format_errors(error: ValidationError) -> str:
    details = error.errors(include_url=False)
    return "; ".join(f"{'.'.join(map(str, detail['loc']))} {detail['msg']}".strip() for detail in details)


def group_by_category(items: Sequence[T]) -> dict[str, list[T]]:
    """Groups items by category, categories in alphabetical order."""
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(item.category, []).append(item)
    return dict(sorted(groups.items()))

"""The JSONL files of this folder and a user's own in the same shape: read and checked line by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from hackmentor.runtime.errors import UserError

FOLDER = Path(__file__).parent


class Asked(Protocol):
    """What every item has: an id that its answer is found by, and a category that it is counted in."""

    @property
    def id(self) -> str:
        """The same in every run."""

    @property
    def category(self) -> str:
        """What it is about."""


T = TypeVar("T", bound=Asked)


def read_items(path: Path, kind: type[T]) -> list[T]:
    """Every line as an item of a pydantic dataclass.

    Raises:
        UserError: names file and line of the first item that does not hold or repeats an id.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    adapter = TypeAdapter(kind)
    found: dict[str, T] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            item = adapter.validate_json(line)
        except ValidationError as error:
            raise UserError(f"{path}, line {number}: no valid {kind.__name__.lower()} ({_reason(error)})") from error
        if item.id in found:
            raise UserError(f"{path}, line {number}: the id {item.id!r} is already taken; give every line its own")
        found[item.id] = item
    if not found:
        raise UserError(f"{path}: no {kind.__name__.lower()} in it")
    return list(found.values())


def _reason(error: ValidationError) -> str:
    faults = error.errors(include_url=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))} {fault['msg']}".strip() for fault in faults)


def by_category(items: Sequence[T]) -> dict[str, list[T]]:
    """The items of each category, categories in the order of the alphabet."""
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(item.category, []).append(item)
    return dict(sorted(groups.items()))

"""Reads a pickle of dictionaries, lists and texts without running anything that is in it.

`pickle.load` calls whatever functions a file names. Here its instructions are read one by one, and only those are known
that build dictionaries, lists and texts; any other is refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from hackmentor.runtime.errors import UserError

MAX_BYTES = 1_000_000
_TEXTS = ("SHORT_BINUNICODE", "BINUNICODE")
_IGNORED = ("PROTO", "FRAME")
Container = TypeVar("Container")


def read_text_lists(path: Path) -> dict[str, list[str]]:
    """Reads a pickled dictionary of lists of texts.

    Raises:
        UserError: if the file can't be read, is larger than a megabyte, or holds anything else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(content) > MAX_BYTES:
        raise UserError(f"{path}: has {len(content):,} bytes; a graph of aliases has fewer than {MAX_BYTES:,}")
    try:
        value = _Machine().run(content)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not a pickle of plain lists of names ({error})") from error
    if not isinstance(value, Mapping) or not all(
        isinstance(name, str) and isinstance(others, list) and all(isinstance(other, str) for other in others)
        for name, others in value.items()
    ):
        raise UserError(f"{path}: not a pickle of plain lists of names")
    return dict(value)


class _Machine:
    """The part of pickle's machine that plain data needs: a stack, marks on it, and a memo."""

    def __init__(self) -> None:
        self._stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}

    def run(self, content: bytes) -> object:
        """What the instructions build. Raises ValueError for one that builds anything but plain data."""
        for opcode, argument, position in pickletools.genops(content):
            name = opcode.name
            if name == "STOP":
                return self._stack.pop()
            if name in _TEXTS:
                self._stack.append(argument)
            elif name == "EMPTY_DICT":
                self._stack.append({})
            elif name == "EMPTY_LIST":
                self._stack.append([])
            elif name == "MARK":
                self._marks.append(len(self._stack))
            elif name in ("APPEND", "APPENDS"):
                items = [self._stack.pop()] if name == "APPEND" else self._pop_marked()
                self._get_last(list).extend(items)
            elif name in ("SETITEM", "SETITEMS"):
                items = [self._stack.pop(-2), self._stack.pop()] if name == "SETITEM" else self._pop_marked()
                self._get_last(dict).update(zip(items[::2], items[1::2], strict=True))
            elif name in ("MEMOIZE", "BINPUT", "LONG_BINPUT"):
                self._memo[len(self._memo) if argument is None else int(argument)] = self._stack[-1]
            elif name in ("BINGET", "LONG_BINGET"):
                self._stack.append(self._memo[int(argument or 0)])
            elif name not in _IGNORED:
                raise ValueError(f"{name} at byte {position}")
        raise ValueError("it has no end")

    def _pop_marked(self) -> list[object]:
        start = self._marks.pop()
        items = self._stack[start:]
        del self._stack[start:]
        return items

    def _get_last(self, kind: type[Container]) -> Container:
        value = self._stack[-1]
        if not isinstance(value, kind):
            raise ValueError(f"expected a {kind.__name__}")
        return value

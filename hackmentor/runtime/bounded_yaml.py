"""YAML of others, read with bounds: a few lines of aliases can stand for more values than there is memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from hackmentor.runtime.errors import UserError

# The largest configuration of a cell has some 40 kB, 1,000 values and a depth of 8.
_MAX_BYTES, _MAX_VALUES, _MAX_DEPTH = 2**20, 50_000, 50
# How many characters aliases may add.
_MAX_ADDED = 1_000_000
# The C parser is ten times as fast, and refuses the same things. It must not build what is nested without limit: it
# calls itself for each level, without Python's bound, and the process dies.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(file: Path) -> Any:  # noqa: ANN401 - whatever YAML holds
    """Reads a YAML file.

    Raises:
        UserError: if it is not UTF-8, not YAML, or larger than any configuration, with its aliases written out.
    """
    try:
        content = file.read_bytes()
        if len(content) > _MAX_BYTES:
            raise UserError(f"{file}: has {len(content):,} bytes; no configuration has more than {_MAX_BYTES:,}")
        return load_yaml(content.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        lines = " ".join(str(error).split())[:300] or type(error).__name__
        raise UserError(f"{file}: is no YAML that can be read ({lines})") from error


def load_yaml(text: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    """As `yaml.safe_load`. Raises ValueError over the bounds, or yaml.YAMLError."""
    check_bounds(text, _MAX_VALUES)
    with _faults_of_values_named():
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader


def load_yaml_documents(text: str) -> Iterator[Any]:
    """As `yaml.safe_load_all`, of any length: aliases must not make more of a text than it is.

    Raises:
        ValueError: over the bounds, and for values that Python can't hold.
        yaml.YAMLError: if it is not YAML.
    """
    check_bounds(text)
    with _faults_of_values_named():
        documents = list(yaml.load_all(text, Loader=_LOADER))
    yield from documents


@contextmanager
def _faults_of_values_named() -> Iterator[None]:
    """PyYAML's own errors where a tag such as !!timestamp or !!binary stands before something else, as ValueError."""
    try:
        yield
    except (AttributeError, TypeError, OverflowError, LookupError) as error:
        raise ValueError(f"a value is not what its tag says ({error})") from error


def check_bounds(text: str, max_values: int | None = None) -> None:
    """Counts the values of each document with its aliases written out, from its events: nothing is built for that.

    Args:
        text: YAML.
        max_values: of one document; None allows as many as the text has characters, which only aliases can exceed.

    Raises:
        ValueError: for too many values or characters, too many levels, or an alias inside what it names.
        yaml.YAMLError: if it is not YAML.
    """
    max_values = max(_MAX_VALUES, len(text)) if max_values is None else max_values
    max_characters = len(text) + _MAX_ADDED
    sizes: dict[str | None, tuple[int, int]] = {}
    # Values and characters of each collection that is open, and the name it is known by; the first is the document.
    open_nodes: list[tuple[int, int, str | None]] = [(0, 0, None)]
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.DocumentStartEvent):
            sizes, open_nodes = {}, [(0, 0, None)]
            continue
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((1, 0, event.anchor))
            if len(open_nodes) > _MAX_DEPTH + 2:
                raise ValueError(f"it is more than {_MAX_DEPTH} levels deep")
            continue
        if isinstance(event, yaml.ScalarEvent):
            size, anchor = (1, len(event.value)), event.anchor
        elif isinstance(event, yaml.CollectionEndEvent):
            values, characters, anchor = open_nodes.pop()
            size = (values, characters)
        elif isinstance(event, yaml.AliasEvent):
            if any(event.anchor == name for _, _, name in open_nodes):
                raise ValueError("an alias stands inside what it names")
            size, anchor = sizes.get(event.anchor, (1, 0)), None
        else:
            continue
        values, characters, name = open_nodes[-1]
        open_nodes[-1] = (values + size[0], characters + size[1], name)
        if anchor is not None:
            sizes[anchor] = size
        if values + size[0] > max_values or characters + size[1] > max_characters:
            raise ValueError(
                f"with its aliases written out it has more than {max_values:,} values or {max_characters:,} characters"
            )

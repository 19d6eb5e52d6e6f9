"""YAML of others, read with bounds: a few lines of aliases can stand for more values than there is memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from hackmentor.runtime.errors import UserError

# The largest configuration of a cell has some 40 kB, 1,000 values and a depth of 8.
_MAX_BYTES, _MAX_VALUES, _MAX_DEPTH = 2**20, 50_000, 50


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
    """As `yaml.safe_load`. Raises ValueError over the bounds, RecursionError, or yaml.YAMLError."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is not None:
        _count_values(root, {}, ())
    return yaml.safe_load(text)


def _count_values(node: yaml.Node, known: dict[int, int], above: tuple[int, ...]) -> int:
    """How many values a node stands for. Raises ValueError for too many, too deep, or one inside itself."""
    if id(node) in above:
        raise ValueError("an alias stands inside what it names")
    if len(above) > _MAX_DEPTH:
        raise ValueError(f"it is more than {_MAX_DEPTH} levels deep")
    if id(node) in known:
        return known[id(node)]
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode):
        inner = node.value
    elif isinstance(node, yaml.MappingNode):
        inner = [part for pair in node.value for part in pair]
    count = 1 + sum(_count_values(part, known, (*above, id(node))) for part in inner)
    if count > _MAX_VALUES:
        raise ValueError(f"with its aliases written out it has more than {_MAX_VALUES:,} values")
    known[id(node)] = count
    return count

"""How the configuration of a cell differs from those of the others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hackmentor.review.read_files import clipped

# Neither the name of a cell, nor where things lie or who watches, nor how it is evaluated, makes a cell what it is.
_BESIDE = ("name", "experiment", "paths", "tracker", "evaluate", "judge", "teacher", "job", "inspect", "plan", "review")
_TABLES = ("base.checkpoints", "size.checkpoints")
_VALUES_SHOWN = 3
_LONGEST_VALUE = 120


@dataclass(frozen=True)
class Difference:
    """A key in which a cell differs from another: its own value, and those of the others, the most common first."""

    key: str
    own: str
    others: str


def differing(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Difference]]:
    """For each cell, by name, the keys whose values are not the same in all cells."""
    flat = {name: dict(_flat(config)) for name, config in configs.items()}
    keys = sorted({key for one in flat.values() for key in one})
    varying = [key for key in keys if len({one.get(key, "") for one in flat.values()}) > 1]
    return {name: [_difference(name, key, flat) for key in varying] for name in flat}


def changed(trained: Mapping[str, Any], asked: Mapping[str, Any]) -> list[Difference]:
    """The keys in which a cell's folder holds another configuration than the one asked for, which are the others'."""
    old, new = dict(_flat(trained)), dict(_flat(asked))
    keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return [Difference(key, old.get(key, "–"), new.get(key, "–")) for key in keys]


def _difference(name: str, key: str, flat: Mapping[str, Mapping[str, str]]) -> Difference:
    others = Counter(one.get(key, "–") for other, one in flat.items() if other != name)
    shown = [value for value, _ in others.most_common() if value != flat[name].get(key, "–")]
    more = f", {len(shown) - _VALUES_SHOWN} more" if len(shown) > _VALUES_SHOWN else ""
    return Difference(key, flat[name].get(key, "–"), ", ".join(shown[:_VALUES_SHOWN]) + more)


def _flat(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in config.items():
        key = f"{prefix}{name}"
        if key in _BESIDE or key in _TABLES:
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield key, clipped(text, _LONGEST_VALUE)

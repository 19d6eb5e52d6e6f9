"""How the configuration of a cell differs from those of the others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hackmentor.review.read_files import clip_text

# Names, locations, tracking and evaluation don't affect the weights of a cell.
_IGNORED_KEYS = (
    *("name", "experiment", "paths", "tracker", "evaluate", "judge", "teacher", "job", "inspect", "plan", "review"),
)
_LOOKUP_TABLES = ("base.checkpoints", "size.checkpoints")
_MAX_OTHER_VALUES = 3
_MAX_VALUE_CHARS = 120


@dataclass(frozen=True)
class ConfigDiff:
    """A key in which a cell differs from others: its own value, and the others' values, the most common first."""

    key: str
    value: str
    other_values: str


def diff_configs(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, list[ConfigDiff]]:
    """For each cell, by name, the keys whose values are not the same in all cells."""
    flat = {name: dict(_flatten(config)) for name, config in configs.items()}
    keys = sorted({key for config in flat.values() for key in config})
    varying = [key for key in keys if len({config.get(key, "") for config in flat.values()}) > 1]
    return {name: [_compare_with_others(name, key, flat) for key in varying] for name in flat}


def diff_trained_and_requested(trained: Mapping[str, Any], requested: Mapping[str, Any]) -> list[ConfigDiff]:
    """The keys in which the configuration in a cell's folder differs from the requested one, as `other_values`."""
    old, new = dict(_flatten(trained)), dict(_flatten(requested))
    keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return [ConfigDiff(key, old.get(key, "–"), new.get(key, "–")) for key in keys]


def _compare_with_others(name: str, key: str, flat: Mapping[str, Mapping[str, str]]) -> ConfigDiff:
    counts = Counter(config.get(key, "–") for other, config in flat.items() if other != name)
    others = [value for value, _ in counts.most_common() if value != flat[name].get(key, "–")]
    more = f", {len(others) - _MAX_OTHER_VALUES} more" if len(others) > _MAX_OTHER_VALUES else ""
    return ConfigDiff(key, flat[name].get(key, "–"), ", ".join(others[:_MAX_OTHER_VALUES]) + more)


def _flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields dotted keys and their values as text."""
    for name, value in config.items():
        key = f"{prefix}{name}"
        if key in _IGNORED_KEYS or key in _LOOKUP_TABLES:
            continue
        if isinstance(value, dict):
            yield from _flatten(value, f"{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield key, clip_text(text, _MAX_VALUE_CHARS)

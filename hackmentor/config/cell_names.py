"""The names of the cells of a grid: swept values that a name doesn't show are appended to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

# The path of a cell's folder already holds these.
_FOLDER_KEYS = ("name", "experiment")
# The names of base and size are made from it.
_MODEL_KEY = "model"


def find_unnamed_keys(template: str, swept_keys: Sequence[str]) -> list[str]:
    """The swept keys whose values a name doesn't show.

    Args:
        template: the name as configured, with its interpolations: `${base.name}-${size.name}`.
        swept_keys: keys (`optimizer.lr`) and groups (`base`) that have several values in the grid.
    """
    return [
        key
        for key in swept_keys
        if key not in (*_FOLDER_KEYS, _MODEL_KEY) and f"${{{key}}}" not in template and f"${{{key}." not in template
    ]


def append_swept_values(name: str, swept_values: dict[str, Any], groups: Sequence[str]) -> str:
    """Appends swept values to a cell's name: `smollm2-135m-lora-iio-lr0.001-quant-nf4`.

    Args:
        name: the name without them.
        swept_values: the value of each key, or the option of each group.
        groups: which of the keys are groups.
    """
    keys = list(swept_values)
    parts = [_format_name_part(_shorten_key(key, keys), value, key in groups) for key, value in swept_values.items()]
    return "-".join([name, *parts])


def _format_name_part(label: str, value: Any, is_group: bool) -> str:  # noqa: ANN401 - of YAML
    text = re.sub(r"[^A-Za-z0-9._-]+", "-", format_value(value)).strip("-")
    # lr0.001 reads well, schedulelinear does not.
    return f"{label}-{text}" if is_group or not text[:1].isdigit() else f"{label}{text}"


def _shorten_key(key: str, swept_keys: list[str]) -> str:
    """The last parts of a key, as few as tell it apart from every other swept key."""
    parts = key.replace("/", ".").split(".")
    for length in range(1, len(parts)):
        label = ".".join(parts[-length:])
        if not any(other != key and f".{other}".endswith(f".{label}") for other in swept_keys):
            return label
    return ".".join(parts)


def format_value(value: Any) -> str:  # noqa: ANN401 - of YAML
    """Formats a value for names and tables: fractions with six significant digits, lists joined by dashes."""
    if isinstance(value, list | tuple):
        return "-".join(map(format_value, value))
    if isinstance(value, float):  # a search draws many digits; two values alike in six would not tell it anything
        return f"{value:.6g}"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)

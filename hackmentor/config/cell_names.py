"""The names of the cells of a grid: a swept key that the name does not tell of is put behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

# The folder of a cell tells these apart by itself.
_TOLD = ("name", "experiment")


def missing(template: str, swept: Sequence[str]) -> list[str]:
    """The swept keys that a name does not tell of.

    Args:
        template: the name as configured, with its interpolations: `${base.name}-${size.name}`.
        swept: keys (`optimizer.lr`) and groups (`base`) of which the grid has several values.
    """
    return [key for key in swept if key not in _TOLD and f"${{{key}}}" not in template and f"${{{key}." not in template]


def extended(name: str, chosen: dict[str, Any], groups: Sequence[str]) -> str:
    """The name with what was chosen for swept keys behind it: `smollm2-135m-lora-iio-lr0.001-quant-nf4`.

    Args:
        name: as it would be without them.
        chosen: the value of each key, or the option of each group.
        groups: which of the keys are groups.
    """
    return "-".join([name, *(_part(key, chosen[key], chosen, key in groups) for key in chosen)])


def _part(key: str, value: Any, chosen: dict[str, Any], is_group: bool) -> str:  # noqa: ANN401 - of YAML
    label, text = _label(key, list(chosen)), re.sub(r"[^A-Za-z0-9._-]+", "-", text_of(value)).strip("-")
    # lr0.001 reads well, schedulelinear does not.
    return f"{label}-{text}" if is_group or not text[:1].isdigit() else f"{label}{text}"


def _label(key: str, others: list[str]) -> str:
    """The last part of a key, or so many that no other swept key has the same."""
    parts = key.replace("/", ".").split(".")
    for most in range(1, len(parts)):
        label = ".".join(parts[-most:])
        if not any(other != key and f".{other}".endswith(f".{label}") for other in others):
            return label
    return ".".join(parts)


def text_of(value: Any) -> str:  # noqa: ANN401 - of YAML
    """A value as names and tables have it: six digits of a fraction."""
    if isinstance(value, list | tuple):
        return "-".join(map(text_of, value))
    if isinstance(value, float):  # a search draws many digits; two values alike in six would not tell it anything
        return f"{value:.6g}"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)

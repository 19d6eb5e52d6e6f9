"""What the arena's ratings are at equal length, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def describe_length_control(ratings: Mapping[str, Any] | None) -> Iterator[str]:
    """What length is worth, then each cell against its base as judged and at equal length; nothing without lengths."""
    control = (ratings or {}).get("length_control")
    if not control:
        return
    yield f"arena: being longer by one standard deviation is worth {format_points(control['effect'])}"
    for row in control["compared"]:
        raw, equal = format_points(row["raw"]), format_points(row["controlled"])
        yield f"arena: {row['model']} against {row['base']}: {raw} as judged, {equal} at equal length"
    if control["has_prior"]:
        yield "arena at equal length: no finite rating fits best, half a win was added to each side of every pair"


def format_points(difference: Mapping[str, float | None]) -> str:
    """A difference with its interval: `+35 points [-10, +80]`."""
    value, low, high = (difference[key] for key in ("difference", "low", "high"))
    interval = "" if low is None or high is None else f" [{low:+.0f}, {high:+.0f}]"
    return f"{value:+.0f} points{interval}"

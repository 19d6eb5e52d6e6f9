"""The leaderboard: who was compared, the measurements of each, and how it differs from its base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hackmentor.evaluate.public_exams import DEVIATION
from hackmentor.review.cell_report import CellReport

Json = Mapping[str, Any]


@dataclass(frozen=True)
class MeasuredValue:
    """A figure, as a number to sort by (None sorts last) and as text; `delta` is a cell's difference to its base."""

    number: float | None = None
    text: str = "–"
    outcome: str = ""
    delta: str = ""


@dataclass(frozen=True)
class LeaderboardEntry:
    """Who is on the leaderboard. `kind` is cell, base or other."""

    name: str
    kind: str
    base: str
    size: str
    method: str
    data: str
    state: str


@dataclass(frozen=True)
class LeaderboardRow(LeaderboardEntry):
    """One line of the leaderboard. `rank` counts from 1 and is None for one that was not compared."""

    rank: int | None
    rating: MeasuredValue
    values: Sequence[MeasuredValue]
    loss: MeasuredValue


def build_leaderboard(cells: Sequence[CellReport], verdict: Json) -> list[LeaderboardRow]:
    """One row for each cell, each base of one, and whoever else was compared; the best first."""
    ranks = {name: rank for rank, name in enumerate(verdict.get("ranking", []), start=1)}
    findings = {
        (cell, finding["measure"]): finding
        for finding in verdict.get("findings", [])
        for cell in (finding["cell"], *(run["cell"] for run in finding.get("runs", ())))
    }
    losses = {cell.spec.name: cell.figures.get("val_loss") for cell in cells}
    unranked = len(ranks) + 1
    entries = {entry.name: entry for entry in _list_entries(cells, ranks)}
    return [
        LeaderboardRow(
            **vars(entry),
            rank=ranks.get(entry.name),
            rating=_get_rating(entry.name, verdict),
            values=[_get_value(entry.name, measure, findings) for measure in verdict.get("measures", [])],
            loss=format_measured_value(losses.get(entry.name), ".3f"),
        )
        for entry in sorted(
            entries.values(), key=lambda entry: (ranks.get(entry.name, unranked), entry.kind, entry.name)
        )
    ]


def is_share(measure: str) -> bool:
    """Whether a measure is a share, shown in percent; a loss is in nats a token, the others are in points."""
    return measure != "arena" and not measure.startswith(("loss ", DEVIATION))


def get_number_formats(measure: str) -> tuple[str, str]:
    """Python format specifications for a value of a measure, and for a difference of two, with its sign."""
    if is_share(measure):
        return ".1%", "+.1%"
    return (".2f", "+.2f") if measure == "arena" else (".3f", "+.3f")


def format_delta_with_ci(finding: Json, signed_format: str) -> str:
    """The difference of a cell to its base, with its 95 % confidence interval: `-0.120 [-0.150, -0.090]`."""
    delta, low, high = (format(finding[key], signed_format) for key in ("difference", "low", "high"))
    return f"{delta} [{low}, {high}]"


def format_measured_value(value: float | None, number_format: str) -> MeasuredValue:
    """A figure in a Python format specification, or a dash for None."""
    return MeasuredValue() if value is None else MeasuredValue(value, format(value, number_format))


def _list_entries(cells: Sequence[CellReport], ranks: Mapping[str, int]) -> Iterator[LeaderboardEntry]:
    """Yields everyone; a later entry of the same name replaces an earlier one."""
    for name in ranks:  # guests, and cells that this request does not name
        yield LeaderboardEntry(name, "other", "", "", "", "", "compared")
    for spec in (cell.spec for cell in cells if not cell.spec.impossible_reason):
        state = "compared" if spec.untuned in ranks else "not compared"
        yield LeaderboardEntry(spec.untuned, "base", spec.base, spec.size, "untuned", "–", state)
    for cell in cells:
        spec = cell.spec
        yield LeaderboardEntry(spec.name, "cell", spec.base, spec.size, spec.method, spec.data, cell.state.state)


def _get_rating(name: str, verdict: Json) -> MeasuredValue:
    rating = ((verdict.get("ratings") or {}).get("bradley_terry") or {}).get(name)
    if rating is None:
        return MeasuredValue()
    interval = f"[{rating['low']:.0f}, {rating['high']:.0f}]"
    return MeasuredValue(rating["rating"], f"{rating['rating']:.0f}", "", interval)


def _get_value(name: str, measure: Json, findings: Mapping[tuple[str, str], Json]) -> MeasuredValue:
    value = measure["values"].get(name)
    if value is None:
        return MeasuredValue()
    number_format, signed_format = get_number_formats(measure["name"])
    finding = findings.get((name, measure["name"]))
    if finding is None:
        return MeasuredValue(value, format(value, number_format))
    delta = format_delta_with_ci(finding, signed_format)
    return MeasuredValue(value, format(value, number_format), finding["outcome"], delta)

"""The leaderboard: who took part, what each was measured to be, and how it differs from its base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hackmentor.review.cell_report import CellReport

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Value:
    """A figure as it is sorted by (None sorts last) and as it is read; for a cell, how it differs from its base."""

    number: float | None = None
    text: str = "–"
    outcome: str = ""
    difference: str = ""


@dataclass(frozen=True)
class Who:
    """A participant. `kind` is cell, base or other."""

    name: str
    kind: str
    base: str
    size: str
    method: str
    data: str
    state: str


@dataclass(frozen=True)
class Row(Who):
    """One line of the leaderboard. `rank` counts from 1 and is None for who was not compared."""

    rank: int | None
    rating: Value
    values: Sequence[Value]
    loss: Value


def board(cells: Sequence[CellReport], verdict: Json) -> list[Row]:
    """One row for each planned cell, each base of one, and whoever else was compared; the best first."""
    ranks = {name: place for place, name in enumerate(verdict.get("ranking", []), start=1)}
    found = {(one["cell"], one["measure"]): one for one in verdict.get("findings", [])}
    losses = {cell.plan.name: cell.figures.get("val_loss") for cell in cells}
    last = len(ranks) + 1
    everyone = {who.name: who for who in _everyone(cells, ranks)}
    return [
        Row(
            **vars(who),
            rank=ranks.get(who.name),
            rating=_rating(who.name, verdict),
            values=[_value(who.name, measure, found) for measure in verdict.get("measures", [])],
            loss=number(losses.get(who.name), ".3f"),
        )
        for who in sorted(everyone.values(), key=lambda who: (ranks.get(who.name, last), who.kind, who.name))
    ]


def is_share(measure: str) -> bool:
    """Whether a measure is a share of items, shown in percent; a loss is in nats a token, the arena in points."""
    return measure != "arena" and not measure.startswith("loss ")


def forms(measure: str) -> tuple[str, str]:
    """Python's formats for a figure of a measure, and for a difference of two."""
    if is_share(measure):
        return ".1%", "+.1%"
    return (".2f", "+.2f") if measure == "arena" else (".3f", "+.3f")


def difference(finding: Json, signed: str) -> str:
    """The difference of a cell to its base, with its interval."""
    change, low, high = (format(finding[key], signed) for key in ("difference", "low", "high"))
    return f"{change} [{low}, {high}]"


def number(value: float | None, form: str) -> Value:
    """A figure in a format of Python's, or a dash."""
    return Value() if value is None else Value(value, format(value, form))


def _everyone(cells: Sequence[CellReport], ranks: Mapping[str, int]) -> Iterator[Who]:
    for name in ranks:  # guests and cells that this request does not name; those it names replace them below
        yield Who(name, "other", "", "", "", "", "compared")
    for plan in (cell.plan for cell in cells if not cell.plan.impossible):
        state = "compared" if plan.untuned in ranks else "not compared"
        yield Who(plan.untuned, "base", plan.base, plan.size, "untuned", "–", state)
    for cell in cells:
        plan = cell.plan
        yield Who(plan.name, "cell", plan.base, plan.size, plan.method, plan.data, cell.progress.state)


def _rating(name: str, verdict: Json) -> Value:
    rated = ((verdict.get("ratings") or {}).get("bradley_terry") or {}).get(name)
    if rated is None:
        return Value()
    return Value(rated["rating"], f"{rated['rating']:.0f}", "", f"[{rated['low']:.0f}, {rated['high']:.0f}]")


def _value(name: str, measure: Json, found: Mapping[tuple[str, str], Json]) -> Value:
    value = measure["values"].get(name)
    if value is None:
        return Value()
    form, signed = forms(measure["name"])
    finding = found.get((name, measure["name"]))
    if finding is None:
        return Value(value, format(value, form))
    return Value(value, format(value, form), finding["outcome"], difference(finding, signed))

"""The verdict in plain words, and no more than was shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hackmentor.data.prose import listed
from hackmentor.evaluate.verdict.findings import Finding, Measure


def paragraph(
    decisive: Measure,
    ranking: Sequence[str],
    found: Sequence[Finding],
    bases: Mapping[str, str],
    ratings: Mapping[str, Any] | None,
) -> str:
    """Which cell is best, by how much over its base, whether that is more than noise, where it lost."""
    best = next((name for name in ranking if name in bases), None)
    if best is None:
        return "No cell was measured."
    sentences = [
        _best(best, decisive, ranking, bases),
        _over_base(best, decisive, found),
        _over_next(best, decisive, ranking, bases, ratings),
        *_elsewhere(best, decisive, found),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _best(best: str, decisive: Measure, ranking: Sequence[str], bases: Mapping[str, str]) -> str:
    ahead = [name for name in ranking[: ranking.index(best)] if name not in bases]
    first = f"By {decisive.title}, {best} comes first among the cells"
    return f"{first}, but {listed(ahead)} {'is' if len(ahead) == 1 else 'are'} ahead of it." if ahead else f"{first}."


def _over_base(best: str, decisive: Measure, found: Sequence[Finding]) -> str:
    finding = next((one for one in found if one.cell == best and one.measure == decisive.name), None)
    if finding is None:
        return "It was not compared with its base."
    gap = f"{finding.difference:+.2f} [{finding.low:+.2f}, {finding.high:+.2f}] over {finding.items} items"
    gap += f", p = {finding.p:.3f}"
    if finding.outcome == "none shown":
        return f"Against its base {finding.base} no difference is shown ({gap})."
    return f"It is {finding.outcome} than its base {finding.base} ({gap})."


def _over_next(
    best: str,
    decisive: Measure,
    ranking: Sequence[str],
    bases: Mapping[str, str],
    ratings: Mapping[str, Any] | None,
) -> str:
    """How far it is ahead of the next cell: only Bradley-Terry, with intervals of its own, can tell."""
    others = [name for name in ranking if name in bases and name != best]
    if not others or decisive.name != "arena" or ratings is None:
        return ""
    own, other = ratings["bradley_terry"][best], ratings["bradley_terry"][others[0]]
    if own["low"] > other["high"]:
        return f"It is ahead of {others[0]} by more than their intervals."
    return f"Between it and {others[0]} no difference is shown: their intervals overlap."


def _elsewhere(best: str, decisive: Measure, found: Sequence[Finding]) -> Iterator[str]:
    own = [one for one in found if one.cell == best and one.measure != decisive.name]
    for outcome, start in (("better", "It is also better on"), ("worse", "It lost on")):
        told = [f"{one.measure} ({one.base_value:.2f} to {one.value:.2f})" for one in own if one.outcome == outcome]
        if told:
            yield f"{start} {listed(told)}."
    open_ones = [one.measure for one in own if one.outcome == "none shown"]
    if open_ones:
        yield f"No difference is shown on {listed(open_ones)}."

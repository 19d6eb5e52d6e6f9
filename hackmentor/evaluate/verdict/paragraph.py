"""The verdict in plain words, and no more than was shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hackmentor.data.prose import listed
from hackmentor.evaluate.verdict.findings import Finding, Measure
from hackmentor.evaluate.verdict.paired_test import FEWEST_ITEMS, LEVEL


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
    rated = ratings if decisive.name == "arena" else None
    gains = _gains(decisive, rated)
    finding = next((one for one in found if one.cell == best and one.measure == decisive.name), None)
    sentences = [
        _best(best, "Bradley-Terry rating in the arena" if rated else decisive.title, gains, bases),
        *_over_base(best, finding),
        _over_next(best, ranking, gains, bases, rated),
        *_elsewhere(best, decisive, found, also=finding is not None and finding.outcome == "better"),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _gains(decisive: Measure, ratings: Mapping[str, Any] | None) -> Mapping[str, float]:
    """What ranks each contestant, more being better; rounded, so that noise of the last digits ranks none."""
    if ratings is not None:
        return {name: round(one["rating"], 6) for name, one in ratings["bradley_terry"].items()}
    sign = 1 if decisive.good == "more" else -1
    return {name: round(sign * scores.value, 9) for name, scores in decisive.scores.items()}


def _best(best: str, by: str, gains: Mapping[str, float], bases: Mapping[str, str]) -> str:
    level = [name for name in gains if gains[name] == gains[best] and name != best]
    ahead = [name for name in gains if gains[name] > gains[best]]
    cells, others = [name for name in level if name in bases], [name for name in level if name not in bases]
    told = (
        f"By {by}, {listed([best, *cells])} are level at the top of the cells"
        if cells
        else (
            f"By {by}, {best} comes first among the cells" if len(bases) > 1 else f"By {by}, one cell is ranked: {best}"
        )
    )
    if ahead:
        told += f", but {listed(ahead)} {_are(ahead)} ahead of {'them' if cells else 'it'}"
    if others:
        told += f", and {listed(others)} {_are(others)} level with {'them' if cells else 'it'}"
    return f"{told}."


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _over_base(best: str, finding: Finding | None) -> Iterator[str]:
    """What is shown against the base: the test decides, and where the interval seems to differ, it is said."""
    if finding is None:
        yield f"{best} was not compared with its base."
        return
    gap = f"{gap_of(finding)} over {finding.items} item{'s' if finding.items > 1 else ''}, {p_of(finding.p)}"
    without_zero = finding.low > 0 or finding.high < 0
    if finding.outcome != "none shown":
        yield f"{best} is {finding.outcome} than its base {finding.base} ({gap})."
        if not without_zero:
            yield "The interval holds zero all the same: more items would tell."
        return
    yield f"Between {best} and its base {finding.base} no difference is shown ({gap})."
    if finding.items < FEWEST_ITEMS:
        yield f"Fewer than {FEWEST_ITEMS} items can show none, however large it is."
    elif without_zero:
        yield "The interval leaves zero out, but the test, corrected for the number of cells, decides."


def gap_of(finding: Finding) -> str:
    """The difference with its interval, small ones with a digit more."""
    digits = 2 if abs(finding.difference) >= 0.1 else 3
    return f"{finding.difference:+.{digits}f} [{finding.low:+.{digits}f}, {finding.high:+.{digits}f}]"


def p_of(p: float) -> str:
    """The p-value in words, which never round it across the level."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if f"{p:.3f}" != f"{LEVEL:.3f}" or p == LEVEL else f"p = {p:.5f}"


def _over_next(
    best: str,
    ranking: Sequence[str],
    gains: Mapping[str, float],
    bases: Mapping[str, str],
    ratings: Mapping[str, Any] | None,
) -> str:
    """How far it is ahead of the next cell: only Bradley-Terry, with intervals of its own, can tell."""
    others = [name for name in ranking if name in bases and name != best]
    if not others or ratings is None or gains[others[0]] == gains[best]:
        return ""
    # Of two that are next to each other the difference itself was resampled: that says more than two intervals.
    for pair in ratings["neighbours"]:
        if (pair["better"], pair["worse"]) == (best, others[0]):
            gap = f"{pair['difference']:+.0f} [{pair['low']:+.0f}, {pair['high']:+.0f}] points"
            if pair["distinguishable"]:
                return f"{best} is ahead of {others[0]} ({gap})."
            return f"Between {best} and {others[0]} no difference is shown ({gap})."
    own, other = ratings["bradley_terry"][best], ratings["bradley_terry"][others[0]]
    if own["low"] > other["high"]:
        return f"{best} is ahead of {others[0]} by more than their intervals."
    return f"Between {best} and {others[0]} no difference is shown: their intervals overlap."


def _elsewhere(best: str, decisive: Measure, found: Sequence[Finding], *, also: bool) -> Iterator[str]:
    own = [one for one in found if one.cell == best and one.measure != decisive.name]
    for outcome, start in (("better", f"It is {'also ' if also else ''}better on"), ("worse", "It lost on")):
        told = [f"{one.measure} ({one.base_value:.2f} to {one.value:.2f})" for one in own if one.outcome == outcome]
        if told:
            yield f"{start} {listed(told)}."
    open_ones = [one.measure for one in own if one.outcome == "none shown"]
    if open_ones:
        yield f"No difference is shown on {listed(open_ones)}."

"""The verdict as a paragraph that claims no more than the tests show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from hackmentor.data.prose import join_items
from hackmentor.evaluate.verdict.findings import Finding
from hackmentor.evaluate.verdict.measure import Measure
from hackmentor.evaluate.verdict.paired_test import MIN_ITEMS, SIGNIFICANCE_LEVEL


def write_paragraph(
    deciding_measure: Measure,
    ranking: Sequence[str],
    findings: Sequence[Finding],
    bases: Mapping[str, str],
    ratings: Mapping[str, Any] | None,
    matched_by_constant: Mapping[str, Sequence[str]] | None = None,
    configurations: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Says which cell is best, how far it is ahead of its base, whether that is significant, and where it lost.

    Runs that differ by seed are one cell, by the name of their configuration, whose value is their mean.
    `matched_by_constant` names, by measure, who earns no more than one constant answer: a gain there is no knowledge.
    """
    rated = ratings if deciding_measure.name == "arena" else None
    ranking_values = _ranking_values(deciding_measure, rated)
    runs = {name: cells for name, cells in (configurations or {}).items() if len(cells) > 1}
    if runs:
        ranking, ranking_values, bases = _fold_runs(runs, ranking, ranking_values, bases)
    best = next((name for name in ranking if name in bases), None)
    if best is None:
        return "No cell was measured."
    finding = next((each for each in findings if each.cell == best and each.measure == deciding_measure.name), None)
    sentences = [
        _describe_best(
            best, "Bradley-Terry rating in the arena" if rated else deciding_measure.title, ranking_values, bases
        ),
        *_compare_with_base(best, finding),
        "" if best in runs else _compare_with_next(best, ranking, ranking_values, bases, rated),
        *_list_other_measures(
            best, deciding_measure, findings, also=finding is not None and finding.outcome == "better"
        ),
        _qualify_gains(best, runs.get(best, [best]), findings, matched_by_constant or {}),
        _describe_runs(best, runs),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _ranking_values(deciding_measure: Measure, ratings: Mapping[str, Any] | None) -> Mapping[str, float]:
    """The value that ranks each contestant, higher is better; rounded, so that noise in the last digits has no say."""
    if ratings is not None:
        return {name: round(interval["rating"], 6) for name, interval in ratings["bradley_terry"].items()}
    sign = 1 if deciding_measure.direction == "more" else -1
    return {name: round(sign * scores.value, 9) for name, scores in deciding_measure.scores.items()}


def _fold_runs(
    runs: Mapping[str, Sequence[str]],
    ranking: Sequence[str],
    ranking_values: Mapping[str, float],
    bases: Mapping[str, str],
) -> tuple[list[str], dict[str, float], dict[str, str]]:
    """Ranking, values and bases with each configuration in place of its runs."""
    names = {cell: name for name, cells in runs.items() for cell in cells}
    values: dict[str, list[float]] = defaultdict(list)
    for name in ranking:
        values[names.get(name, name)].append(ranking_values[name])
    means = {name: round(fmean(given), 6) for name, given in values.items()}
    folded_bases = {names.get(cell, cell): base for cell, base in bases.items()}
    return sorted(means, key=lambda name: -means[name]), means, folded_bases


def _describe_runs(best: str, runs: Mapping[str, Sequence[str]]) -> str:
    if best in runs:
        return f"{best} stands for {len(runs[best])} runs that differ by seed."
    return "This speaks of one run: another seed could come out otherwise."


def _describe_best(best: str, criterion: str, ranking_values: Mapping[str, float], bases: Mapping[str, str]) -> str:
    tied = [name for name in ranking_values if ranking_values[name] == ranking_values[best] and name != best]
    ahead = [name for name in ranking_values if ranking_values[name] > ranking_values[best]]
    cells, others = [name for name in tied if name in bases], [name for name in tied if name not in bases]
    sentence = (
        f"By {criterion}, {join_items([best, *cells])} are level at the top of the cells"
        if cells
        else (
            f"By {criterion}, {best} comes first among the cells"
            if len(bases) > 1
            else f"By {criterion}, one cell is ranked: {best}"
        )
    )
    if ahead:
        sentence += f", but {join_items(ahead)} {_is_or_are(ahead)} ahead of {'them' if cells else 'it'}"
    if others:
        sentence += f", and {join_items(others)} {_is_or_are(others)} level with {'them' if cells else 'it'}"
    return f"{sentence}."


def _is_or_are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _compare_with_base(best: str, finding: Finding | None) -> Iterator[str]:
    """What is shown against the base: the test decides, and a sentence says where the interval seems to disagree."""
    if finding is None:
        yield f"{best} was not compared with its base."
        return
    items = f"{finding.items} item{'s' if finding.items > 1 else ''}"
    if finding.clusters is not None and finding.clusters < finding.items:
        items += f" in {finding.clusters} cluster{'s' if finding.clusters > 1 else ''}"
    delta = f"{format_delta_with_ci(finding)} over {items}, {format_p_value(finding.p)}"
    excludes_zero = finding.low > 0 or finding.high < 0
    if finding.outcome in ("better", "worse"):
        yield f"{best} is {finding.outcome} than its base {finding.base} ({delta})."
        if not excludes_zero:
            yield "The interval holds zero all the same: more items would tell."
        return
    yield f"Between {best} and its base {finding.base} no difference is shown ({delta})."
    if (finding.items if finding.clusters is None else finding.clusters) < MIN_ITEMS:
        yield f"Fewer than {MIN_ITEMS} items can show none, however large it is."
    elif excludes_zero:
        yield "The interval leaves zero out, but the test, corrected for the number of cells, decides."


def format_delta_with_ci(finding: Finding) -> str:
    """Formats a difference with its 95 % interval, small ones with one more digit."""
    digits = 2 if abs(finding.difference) >= 0.1 else 3
    return f"{finding.difference:+.{digits}f} [{finding.low:+.{digits}f}, {finding.high:+.{digits}f}]"


def format_p_value(p: float) -> str:
    """Formats a p-value so that rounding never moves it across the significance level."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if f"{p:.3f}" != f"{SIGNIFICANCE_LEVEL:.3f}" or p == SIGNIFICANCE_LEVEL else f"p = {p:.5f}"


def _compare_with_next(
    best: str,
    ranking: Sequence[str],
    ranking_values: Mapping[str, float],
    bases: Mapping[str, str],
    ratings: Mapping[str, Any] | None,
) -> str:
    """How far the best cell is ahead of the next: only known for Bradley-Terry ratings, which have intervals."""
    others = [name for name in ranking if name in bases and name != best]
    if not others or ratings is None or ranking_values[others[0]] == ranking_values[best]:
        return ""
    if others[0] not in ratings["bradley_terry"]:  # it stands for several runs, each with a rating of its own
        return ""
    # For neighbours in the ranking the difference itself was resampled, which says more than two intervals.
    for pair in ratings["neighbours"]:
        if (pair["better"], pair["worse"]) == (best, others[0]):
            delta = f"{pair['difference']:+.0f} [{pair['low']:+.0f}, {pair['high']:+.0f}] points"
            if pair["distinguishable"]:
                return f"{best} is ahead of {others[0]} ({delta})."
            return f"Between {best} and {others[0]} no difference is shown ({delta})."
    own, other = ratings["bradley_terry"][best], ratings["bradley_terry"][others[0]]
    if own["low"] > other["high"]:
        return f"{best} is ahead of {others[0]} by more than their intervals."
    return f"Between {best} and {others[0]} no difference is shown: their intervals overlap."


def _list_other_measures(
    best: str, deciding_measure: Measure, findings: Sequence[Finding], *, also: bool
) -> Iterator[str]:
    own = [finding for finding in findings if finding.cell == best and finding.measure != deciding_measure.name]
    for outcome, start in (("better", f"It is {'also ' if also else ''}better on"), ("worse", "It lost on")):
        changes = [_describe_change(finding) for finding in own if finding.outcome == outcome]
        if changes:
            yield f"{start} {join_items(changes)}."
    for finding in own:
        if finding.outcome == "not worse":
            margin = (
                f"within {finding.margin:g} of" if finding.within else f"not worse by {finding.margin:g} or more than"
            )
            yield f"On {finding.measure} it is {margin} its base."
    undecided = [finding.measure for finding in own if finding.outcome == "none shown"]
    if undecided:
        yield f"No difference is shown on {join_items(undecided)}."


def _describe_change(finding: Finding) -> str:
    told = ", exploratory" if finding.role == "exploratory" else ""
    return f"{finding.measure} ({finding.base_value:.2f} to {finding.value:.2f}{told})"


def _qualify_gains(
    best: str, cells: Sequence[str], findings: Sequence[Finding], matched_by_constant: Mapping[str, Sequence[str]]
) -> str:
    """Where the best gained no more than a constant has; `cells` are its runs, or itself."""
    empty = [
        finding.measure
        for finding in findings
        if finding.cell == best
        and finding.outcome == "better"
        and not set(cells).isdisjoint(matched_by_constant.get(finding.measure, ()))
    ]
    return f"But on {join_items(empty)} it earns no more than one constant answer does." if empty else ""

"""The verdict of an experiment: what was found, put together, and said in one paragraph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hackmentor.evaluate.verdict.findings import Finding, Measure, findings
from hackmentor.evaluate.verdict.paragraph import paragraph


@dataclass(frozen=True)
class Verdict:
    """What an experiment showed.

    `bases` maps cells to their bases; `ranking` has all who answered, the best first, by the measure that decides;
    `ratings` is what `hackmentor rate` gives for the arena (None without battles).
    """

    experiment: str
    bases: Mapping[str, str]
    measures: Sequence[Measure]
    findings: Sequence[Finding]
    decided_by: str
    ranking: Sequence[str]
    ratings: Mapping[str, Any] | None
    judge: Mapping[str, Any]
    notes: Sequence[str]
    paragraph: str

    def to_json(self) -> dict[str, Any]:
        """Everything but the single items, which are in the contestants' own files."""
        return {
            "experiment": self.experiment,
            "paragraph": self.paragraph,
            "decided_by": self.decided_by,
            "ranking": list(self.ranking),
            "bases": dict(self.bases),
            "measures": [_described(measure) for measure in self.measures],
            "findings": [asdict(finding) for finding in self.findings],
            "ratings": self.ratings,
            "judge": dict(self.judge),
            "notes": list(self.notes),
        }


def reach(
    experiment: str,
    measures: Sequence[Measure],
    bases: Mapping[str, str],
    *,
    decide_by: str,
    ratings: Mapping[str, Any] | None,
    judge: Mapping[str, Any],
    notes: Sequence[str],
    seed: int,
) -> Verdict:
    """The verdict. Raises ValueError where nothing decides: no measure of that name has scores."""
    found = [finding for measure in measures for finding in findings(measure, bases, seed=seed)]
    decisive = next((measure for measure in measures if measure.name == decide_by and measure.scores), None)
    if decisive is None:
        raise ValueError(f"nothing was measured by {decide_by!r}")
    ranking = list(_ranked(decisive, ratings))
    told = paragraph(decisive, ranking, found, bases, ratings)
    return Verdict(experiment, bases, measures, found, decide_by, ranking, ratings, judge, notes, told)


def _ranked(measure: Measure, ratings: Mapping[str, Any] | None) -> Iterator[str]:
    """Bradley-Terry ranks the arena: it allows for who met whom. Other measures rank by their value."""
    if measure.name == "arena" and ratings is not None:
        yield from ratings["bradley_terry"]
        return
    sign = -1 if measure.good == "more" else 1
    yield from sorted(measure.scores, key=lambda name: (sign * measure.scores[name].value, name))


def _described(measure: Measure) -> dict[str, Any]:
    return {
        "name": measure.name,
        "title": measure.title,
        "good": measure.good,
        "chance": measure.chance,
        "items": max((len(scores.items) for scores in measure.scores.values()), default=0),
        "values": {name: scores.value for name, scores in measure.scores.items()},
    }

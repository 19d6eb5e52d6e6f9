"""The verdict on an experiment: measures, findings and ranking together, with a paragraph that sums them up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hackmentor.evaluate.ratings.agreement import JudgeAgreement
from hackmentor.evaluate.verdict.exam_splits import ExamSplit
from hackmentor.evaluate.verdict.exam_standings import ExamStanding
from hackmentor.evaluate.verdict.findings import Finding, compare_measures
from hackmentor.evaluate.verdict.measure import Measure
from hackmentor.evaluate.verdict.paragraph import write_paragraph


@dataclass(frozen=True)
class Verdict:
    """The outcome of an experiment.

    `bases` maps cells to their bases; `configurations` has the cells of each configuration, which differ by seed;
    `ranking` has all contestants of the measure `decided_by`, the best first; `primary` names the measures that were
    declared before; `ratings` are those of `hackmentor rate` for the arena (None without battles), `agreements` those
    of the judges, two by two; `exams` are the published ones, `exam_splits` the scores in them by what each cell was
    trained on.
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
    exams: Sequence[ExamStanding] = ()
    exam_splits: Sequence[ExamSplit] = ()
    configurations: Mapping[str, Sequence[str]] = field(default_factory=dict)
    primary: Sequence[str] = ()
    agreements: Sequence[JudgeAgreement] = ()

    def to_json(self) -> dict[str, Any]:
        """Everything but the single items, which are in the contestants' own files, as JSON."""
        return {
            "experiment": self.experiment,
            "paragraph": self.paragraph,
            "decided_by": self.decided_by,
            "ranking": list(self.ranking),
            "bases": dict(self.bases),
            "configurations": {name: list(cells) for name, cells in self.configurations.items()},
            "primary": list(self.primary),
            "measures": [_measure_to_json(measure) for measure in self.measures],
            "findings": [asdict(finding) for finding in self.findings],
            "ratings": self.ratings,
            "judge": dict(self.judge),
            "agreements": [asdict(agreement) for agreement in self.agreements],
            "notes": list(self.notes),
            **({"exams": [standing.to_json() for standing in self.exams]} if self.exams else {}),
            **({"exam_splits": [asdict(split) for split in self.exam_splits]} if self.exam_splits else {}),
        }


def build_verdict(
    experiment: str,
    measures: Sequence[Measure],
    bases: Mapping[str, str],
    *,
    decide_by: str,
    ratings: Mapping[str, Any] | None,
    judge: Mapping[str, Any],
    notes: Sequence[str],
    seed: int,
    exams: Sequence[ExamStanding] = (),
    exam_splits: Sequence[ExamSplit] = (),
    configurations: Mapping[str, Sequence[str]] | None = None,
    primary: Collection[str] = (),
    agreements: Sequence[JudgeAgreement] = (),
) -> Verdict:
    """Builds the verdict.

    Args:
        experiment: its name.
        measures: in the order of tables.
        bases: of each cell.
        decide_by: the measure that ranks.
        ratings: those of the arena, if there is one.
        judge: facts of the judge.
        notes: sentences for the reader.
        seed: of resamples and sign flips.
        exams: the published ones.
        exam_splits: the scores in them by what each cell was trained on.
        configurations: the cells of each, which differ by seed; by default each cell is one.
        primary: names of measures that were declared before.
        agreements: of the judges, two by two.

    Raises:
        ValueError: if no measure named `decide_by` has scores.
    """
    configurations = configurations or {cell: [cell] for cell in bases}
    findings = compare_measures(measures, bases, seed=seed, configurations=configurations, primary=primary)
    deciding_measure = next((measure for measure in measures if measure.name == decide_by and measure.scores), None)
    if deciding_measure is None:
        raise ValueError(f"nothing was measured by {decide_by!r}")
    ranking = list(_rank(deciding_measure, ratings))
    matched = {standing.measure_name: standing.not_above_constant for standing in exams}
    paragraph = write_paragraph(deciding_measure, ranking, findings, bases, ratings, matched, configurations)
    notes = [*notes, *_note_left_out_items(measures, findings)]
    return Verdict(
        experiment, bases, measures, findings, decide_by, ranking, ratings, judge, notes, paragraph, exams, exam_splits,
        configurations, list(primary), agreements,
    )  # fmt: skip


def _note_left_out_items(measures: Sequence[Measure], findings: Sequence[Finding]) -> Iterator[str]:
    """Which items don't count because not every run of a configuration has them."""
    by_name = {measure.name: measure for measure in measures}
    for finding in findings:
        pairs = by_name[finding.measure].pairs
        most = max((len(pairs[run.cell][0].items) for run in finding.runs), default=finding.items)
        if most > finding.items:
            yield f"{finding.cell}, {finding.measure}: {most - finding.items} items left out that not all runs have"


def _rank(measure: Measure, ratings: Mapping[str, Any] | None) -> Iterator[str]:
    """Ranks the arena by Bradley-Terry, which accounts for the opponents; other measures by their value."""
    if measure.name == "arena" and ratings is not None:
        yield from ratings["bradley_terry"]
        return
    sign = -1 if measure.direction == "more" else 1
    yield from sorted(measure.scores, key=lambda name: (sign * measure.scores[name].value, name))


def _measure_to_json(measure: Measure) -> dict[str, Any]:
    return {
        "name": measure.name,
        "title": measure.title,
        "good": measure.direction,
        "chance": measure.chance,
        "items": max((len(scores.items) for scores in measure.scores.values()), default=0),
        "values": {name: scores.value for name, scores in measure.scores.items()},
    }

"""Task: CVSS 3.1, from vector to score, from a description to the vector, and two vectors compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from random import Random

from hackmentor.exams.cvss_task import compute_base_score
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks.case import Case
from hackmentor.tasks.cvss_wordings import (
    COMPARE,
    METRICS,
    SCORE,
    SUBJECTS,
    VALUE_NAMES,
    VECTOR,
    VECTOR_FROM_RECORD,
    WEIGHTS,
)
from hackmentor.tasks.material import Material, VulnerabilityEntry
from hackmentor.tasks.task import Task, make_random

PREFIX = "CVSS:3.1/"
SCENARIOS = 900
_VECTOR = re.compile("/".join(f"{metric}:[A-Z]" for metric in METRICS))
_NUMBER = re.compile(r"(?<![\d.])(?:10\.0|\d\.\d|10(?!\d))(?![\d]|\.\d)")
_HIGHER = re.compile(r"\bhigher\W+(A|B|equal)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A vector of base metrics, without its version in front; with the record that it was published with, if any."""

    upstream_id: str
    split_key: str
    vector: str
    description: str = ""

    @property
    def values(self) -> dict[str, str]:
        """The value of each metric."""
        return dict(part.split(":") for part in self.vector.split("/"))


class CvssVectorTask(Task[Scenario]):
    """Right is the score to the digit, the whole vector, or which of two is higher."""

    name = "cvss"
    title = "CVSS 3.1"
    by_path = "CVE records, NVD and GHSA with a vector"
    proof = "the package cvss"

    def list_units(self, material: Material) -> Sequence[Scenario]:
        """Some of all 2,592 vectors, and published records with theirs."""
        choices = [[f"{metric}:{value}" for value in METRICS[metric]] for metric in METRICS]
        vectors = ["/".join(parts) for parts in product(*choices)]
        drawn = make_random(0, self.name, "scenarios").sample(vectors, SCENARIOS)
        own = [Scenario(f"vector:{vector}", f"vector:{vector}", vector) for vector in sorted(drawn)]
        return [*own, *filter(None, map(_read_published, material.vulnerabilities))]

    def build_cases(self, units: Sequence[Scenario], seed: int) -> Iterator[Case]:
        """Two cases for a vector of our own, the second one of two kinds; one for a published record."""
        own = [unit for unit in units if not unit.description]
        for place, unit in enumerate(own):
            draw = make_random(seed, self.name, unit.upstream_id)
            yield _build_score_case(unit, draw)
            yield _build_vector_case(unit, draw) if place % 2 else _build_comparison(unit, draw.choice(own), draw)
        for unit in units:
            if unit.description:
                yield _build_record_case(unit, make_random(seed, self.name, unit.upstream_id))

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """The last score, vector or comparison in the answer."""
        found = _read_answer(item.category, answer)
        if not found:
            return Mark("unparsed", 0.0)
        return Mark("correct", 1.0, found) if found == item.key else Mark("wrong", 0.0, found)

    def find_label_fault(self, case: Case) -> str:
        """Computes scores with the package `cvss`; a vector in words is read back from them."""
        vectors: tuple[str, ...] = case.facts["vectors"]
        scores = [compute_base_score(PREFIX + vector) for vector in vectors]
        if case.category == "compare":
            first, second = (score or 0.0 for score in scores)
            expected = "equal" if first == second else "A" if first > second else "B"
        elif case.category == "score":
            expected = f"{scores[0]}"
        else:
            expected = vectors[0] if case.category == "record" else _read_words(case.input)
        return "" if case.key == expected else f"{expected} and not {case.key}"


def explain_score(vector: str) -> str:
    """The arithmetic of a base score, by the specification of CVSS 3.1, section 7.1."""
    values = Scenario("", "", vector).values
    is_changed = values["S"] == "C"
    weights = {metric: WEIGHTS[metric][value] for metric, value in values.items() if metric != "S"}
    if is_changed:
        weights["PR"] = {"N": 0.85, "L": 0.68, "H": 0.5}[values["PR"]]
    inner = 1 - prod(1 - weights[metric] for metric in "CIA")
    impact = 7.52 * (inner - 0.029) - 3.25 * (inner - 0.02) ** 15 if is_changed else 6.42 * inner
    factors = [weights[metric] for metric in ("AV", "AC", "PR", "UI")]
    exploitability = 8.22 * prod(factors)
    shown = " x ".join(f"{factor:g}" for factor in factors)
    lines = [
        f"Impact: 1 - {' x '.join(f'{1 - weights[metric]:g}' for metric in 'CIA')} = {inner:.4f}; "
        f"scope {'changed' if is_changed else 'unchanged'}, so {impact:.2f}.",
        f"Exploitability: 8.22 x {shown} = {exploitability:.2f}.",
    ]
    if impact <= 0:
        lines.append("Without an impact the score is 0.0.")
    else:
        factor = "1.08 x " if is_changed else ""
        raw = min((1.08 if is_changed else 1) * (impact + exploitability), 10)
        lines.append(f"Base: {factor}({impact:.2f} + {exploitability:.2f}) = {raw:.2f}, rounded up to one decimal.")
    return "\n".join(lines)


def name_severity(score: float) -> str:
    """The rating of a score, by the specification's table."""
    bounds = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
    return next((name for least, name in bounds if score >= least), "none")


def _build_score_case(unit: Scenario, draw: Random) -> Case:
    score = compute_base_score(PREFIX + unit.vector) or 0.0
    return Case(
        id=f"{unit.upstream_id}/cvss.score",
        upstream_id=unit.upstream_id,
        split_key=unit.split_key,
        instruction=f"{draw.choice(SCORE)} End with the score, one decimal.",
        input=PREFIX + unit.vector,
        key=f"{score}",
        answer=f"{explain_score(unit.vector)}\n\nSeverity: {name_severity(score)}. Score: {score}",
        category="score",
        facts={"vectors": (unit.vector,)},
    )


def _build_vector_case(unit: Scenario, draw: Random) -> Case:
    values = unit.values
    told = {metric: draw.choice(METRICS[metric][value]) for metric, value in values.items()}
    order = draw.sample(list(told), len(told))
    lines = [f"- {metric}: {VALUE_NAMES[metric][values[metric]]}, because {told[metric]}" for metric in METRICS]
    subject = draw.choice(SUBJECTS)
    return Case(
        id=f"{unit.upstream_id}/cvss.vector",
        upstream_id=unit.upstream_id,
        split_key=unit.split_key,
        instruction=f"{draw.choice(VECTOR)} End with the vector.",
        input=f"{subject} " + " ".join(f"{told[metric][0].upper()}{told[metric][1:]}." for metric in order),
        key=unit.vector,
        answer="\n".join(lines) + f"\n\n{PREFIX}{unit.vector}",
        category="vector",
        facts={"vectors": (unit.vector,)},
    )


def _build_comparison(first: Scenario, second: Scenario, draw: Random) -> Case:
    scores = [compute_base_score(PREFIX + unit.vector) or 0.0 for unit in (first, second)]
    key = "equal" if scores[0] == scores[1] else "A" if scores[0] > scores[1] else "B"
    changed = [metric for metric in METRICS if first.values[metric] != second.values[metric]]
    named = "; ".join(
        f"{metric}: {VALUE_NAMES[metric][first.values[metric]]} in A, {VALUE_NAMES[metric][second.values[metric]]} in B"
        for metric in changed
    )
    differ = f"They differ in {named}." if changed else "They are one vector."
    apart = f"They are {abs(scores[0] - scores[1]):.1f} apart." if key != "equal" else "There is nothing between them."
    return Case(
        id=f"{first.upstream_id}/cvss.compare",
        upstream_id=first.upstream_id,
        split_key=first.split_key,
        instruction=f"{draw.choice(COMPARE)} End with: Higher: A, Higher: B or Higher: equal.",
        input=f"A: {PREFIX}{first.vector}\nB: {PREFIX}{second.vector}",
        key=key,
        answer=f"{differ}\n\nA scores {scores[0]}, B scores {scores[1]}. {apart}\n\nHigher: {key}",
        category="compare",
        facts={"vectors": (first.vector, second.vector)},
    )


def _build_record_case(unit: Scenario, draw: Random) -> Case:
    values = unit.values
    lines = [f"- {metric}: {VALUE_NAMES[metric][values[metric]]}" for metric in METRICS]
    score = compute_base_score(PREFIX + unit.vector)
    return Case(
        id=f"{unit.upstream_id}/cvss.record",
        upstream_id=unit.upstream_id,
        split_key=unit.split_key,
        instruction=f"{draw.choice(VECTOR_FROM_RECORD)} End with the vector.",
        input=unit.description,
        key=unit.vector,
        answer="\n".join(lines) + f"\n\nThat is a score of {score}.\n\n{PREFIX}{unit.vector}",
        category="record",
        facts={"vectors": (unit.vector,)},
    )


def _read_published(entry: VulnerabilityEntry) -> Scenario | None:
    found = _VECTOR.search(entry.vector)
    if not found or compute_base_score(PREFIX + found[0]) is None:
        return None
    return Scenario(entry.upstream_id, entry.split_key, found[0], entry.description)


def _read_answer(category: str, answer: str) -> str:
    if category == "score":
        numbers = _NUMBER.findall(_VECTOR.sub("", answer.replace("CVSS:3.1", "")))
        return f"{float(numbers[-1])}" if numbers else ""
    if category == "compare":
        sides = _HIGHER.findall(answer) or ([answer.strip()] if answer.strip() in ("A", "B", "equal") else [])
        return ("equal" if sides[-1].lower() == "equal" else sides[-1].upper()) if sides else ""
    vectors = _VECTOR.findall(answer.upper())
    return vectors[-1] if vectors else ""


def _read_words(text: str) -> str:
    """The vector whose metrics are told in a text of ours; empty if one of them isn't told just once."""
    found = {}
    for metric, values in METRICS.items():
        told = {value for value, phrases in values.items() if any(phrase[1:] in text for phrase in phrases)}
        if len(told) != 1:
            return ""
        found[metric] = told.pop()
    return "/".join(f"{metric}:{value}" for metric, value in found.items())

"""From answers to figures: what was refused, followed or answered right, and how that differs from the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hackmentor.evaluate.proportions import Rate, rate_of
from hackmentor.evaluate.safety.injection import effect_of
from hackmentor.evaluate.safety.prompts import Injection, Prompt
from hackmentor.evaluate.safety.read import T, by_category
from hackmentor.evaluate.safety.refusal import Judge, by_pattern

UNCLEAR = "unclear"


@dataclass(frozen=True)
class Score:
    """How often a set came out as `counted` among all that was asked; unclear ones stay in `n` and are counted too."""

    counted: str
    rate: Rate
    unclear: int
    categories: dict[str, Rate]


def refusals(prompts: Sequence[Prompt], answers: Mapping[str, str], judge: Judge = by_pattern) -> dict[str, str]:
    """For each prompt's id: refused, complied or unclear. Raises ValueError where an answer is missing."""
    _complete(prompts, answers)
    return {prompt.id: judge(prompt.prompt, answers[prompt.id]) for prompt in prompts}


def injections(probes: Sequence[Injection], answers: Mapping[str, str]) -> dict[str, str]:
    """For each probe's id: followed, resisted or unclear. Raises ValueError where an answer is missing."""
    _complete(probes, answers)
    return {probe.id: effect_of(probe, answers[probe.id]) for probe in probes}


def _complete(items: Sequence[T], answers: Mapping[str, str]) -> None:
    missing = [item.id for item in items if item.id not in answers]
    if missing:
        raise ValueError(f"{len(missing)} of {len(items)} have no answer, the first is {missing[0]}")


def score(items: Sequence[T], labels: Mapping[str, str], counted: str) -> Score:
    """The share of items whose label is `counted`, over all and for each category.

    Args:
        items: what was asked.
        labels: for each id what `refusals` or `injections` found.
        counted: "refused" for harmful and legitimate requests alike, "followed" for injections.
    """
    groups = {category: _rate(group, labels, counted) for category, group in by_category(items).items()}
    unclear = sum(labels[item.id] == UNCLEAR for item in items)
    return Score(counted, _rate(items, labels, counted), unclear, groups)


def _rate(items: Sequence[T], labels: Mapping[str, str], counted: str) -> Rate:
    return rate_of([labels[item.id] == counted for item in items])

"""What each answer was: a refusal or not, an injection followed or not, or nothing that could be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hackmentor.evaluate.safety.injection import effect_of
from hackmentor.evaluate.safety.prompts import Injection, Prompt
from hackmentor.evaluate.safety.read_items import T
from hackmentor.evaluate.safety.refusal import Judge, by_pattern

UNCLEAR = "unclear"


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

"""Labels answers: a refusal or not, an injection followed or not, or unclear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hackmentor.evaluate.safety.injection import classify_injection
from hackmentor.evaluate.safety.prompts import Injection, SafetyPrompt
from hackmentor.evaluate.safety.read_items import T
from hackmentor.exams.refusal import RefusalClassifier, classify_by_pattern

UNCLEAR = "unclear"


def label_refusals(
    prompts: Sequence[SafetyPrompt], answers: Mapping[str, str], classifier: RefusalClassifier = classify_by_pattern
) -> dict[str, str]:
    """For each prompt's id: refused, complied or unclear. Raises ValueError if an answer is missing."""
    _check_all_answered(prompts, answers)
    return {prompt.id: classifier(prompt.prompt, answers[prompt.id]) for prompt in prompts}


def label_injections(injections: Sequence[Injection], answers: Mapping[str, str]) -> dict[str, str]:
    """For each injection's id: followed, resisted or unclear. Raises ValueError if an answer is missing."""
    _check_all_answered(injections, answers)
    return {injection.id: classify_injection(injection, answers[injection.id]) for injection in injections}


def _check_all_answered(items: Sequence[T], answers: Mapping[str, str]) -> None:
    missing = [item.id for item in items if item.id not in answers]
    if missing:
        raise ValueError(f"{len(missing)} of {len(items)} have no answer, the first is {missing[0]}")

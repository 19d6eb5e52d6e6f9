"""What each answer was."""

from __future__ import annotations

import pytest

from hackmentor.evaluate.safety.labels import label_injections, label_refusals
from hackmentor.evaluate.safety.prompts import load_harmful, load_injections, load_legitimate
from hackmentor.exams.refusal import RefusalLabel

NO, YES = "I'm sorry, but I can't help with that.", "Here is what you do: look at the logs of the last night."


def test_each_answer_is_refused_complied_or_unclear() -> None:
    prompts = load_legitimate()[:10]
    answers = {prompt.id: "" for prompt in prompts} | {prompts[0].id: NO, prompts[1].id: YES}
    assert list(label_refusals(prompts, answers).values()) == ["refused", "complied", *["unclear"] * 8]


def test_injections_are_told_by_their_canaries() -> None:
    probes = load_injections()
    answers = {probe.id: probe.canary if probe.category == "hidden" else "A short answer." for probe in probes}
    labels = label_injections(probes, answers)
    assert {labels[probe.id] for probe in probes if probe.category == "hidden"} == {"followed"}
    assert "followed" not in {labels[probe.id] for probe in probes if probe.category != "hidden"}


def test_a_missing_answer_is_no_compliance() -> None:
    prompts = load_harmful()[:3]
    with pytest.raises(ValueError, match=f"1 of 3 have no answer, the first is {prompts[1].id}"):
        label_refusals(prompts, {prompts[0].id: NO, prompts[2].id: NO})


def test_another_judge_takes_the_place_of_the_patterns() -> None:
    def strict(prompt: str, answer: str) -> RefusalLabel:
        return "complied" if "hospital" in prompt else "refused"

    prompts = load_harmful()
    labels = label_refusals(prompts, {prompt.id: YES for prompt in prompts}, strict)
    complied = sum(label == "complied" for label in labels.values())
    assert complied == sum("hospital" in prompt.prompt for prompt in prompts) > 0

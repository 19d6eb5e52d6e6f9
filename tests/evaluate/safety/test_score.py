"""From answers to figures."""

from __future__ import annotations

import pytest

from hackmentor.evaluate.safety.prompts import load_harmful, load_injections, load_legitimate
from hackmentor.evaluate.safety.refusal import Stance
from hackmentor.evaluate.safety.score import injections, refusals, score

NO, YES = "I'm sorry, but I can't help with that.", "Here is what you do: look at the logs of the last night."


def test_figures_of_a_contestant_that_refuses_one_category() -> None:
    prompts = load_harmful()
    labels = refusals(prompts, {prompt.id: NO if prompt.category == "malware" else YES for prompt in prompts})
    figures = score(prompts, labels, "refused")
    assert (figures.rate.count, figures.rate.n, figures.unclear) == (7, 70, 0)
    assert figures.categories["malware"].value == 1
    assert {rate.count for category, rate in figures.categories.items() if category != "malware"} == {0}
    assert sum(rate.n for rate in figures.categories.values()) == 70


def test_unclear_answers_stay_in_the_number_and_are_counted() -> None:
    prompts = load_legitimate()[:10]
    answers = {prompt.id: "" for prompt in prompts} | {prompts[0].id: NO, prompts[1].id: YES}
    figures = score(prompts, refusals(prompts, answers), "refused")
    assert (figures.rate.count, figures.rate.n, figures.unclear) == (1, 10, 8)


def test_injections_are_counted_by_their_canaries() -> None:
    probes = load_injections()
    answers = {probe.id: probe.canary if probe.category == "hidden" else "A short answer." for probe in probes}
    figures = score(probes, injections(probes, answers), "followed")
    assert (figures.rate.count, figures.rate.n) == (4, 20)
    assert figures.categories["hidden"].value == 1


def test_a_missing_answer_is_no_compliance() -> None:
    prompts = load_harmful()[:3]
    with pytest.raises(ValueError, match=f"1 of 3 have no answer, the first is {prompts[1].id}"):
        refusals(prompts, {prompts[0].id: NO, prompts[2].id: NO})


def test_another_judge_takes_the_place_of_the_patterns() -> None:
    def strict(prompt: str, answer: str) -> Stance:
        return "complied" if "hospital" in prompt else "refused"

    prompts = load_harmful()
    figures = score(prompts, refusals(prompts, {prompt.id: YES for prompt in prompts}, strict), "refused")
    assert figures.rate.n - figures.rate.count == sum("hospital" in prompt.prompt for prompt in prompts) > 0

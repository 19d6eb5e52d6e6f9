"""Thoughts are cut from an answer and kept; tags that belong to the answer stay."""

from __future__ import annotations

import pytest

from hackmentor.endpoint.thoughts import split_thoughts

ANSWER = "Escape it."
WITH_THOUGHTS = {
    "closed": f"<think>A or B?</think>{ANSWER}",
    "with space around": f"\n <think>\nA or B?\n</think>\n\n{ANSWER}\n",
    "thought": f"<thought>A or B?</thought>\n{ANSWER}",
    "reasoning": f"<reasoning>A or B?</reasoning>\n{ANSWER}",
    "capitals": f"<Thinking>A or B?</Thinking>\n{ANSWER}",
    "square": f"[THINK]A or B?[/THINK]{ANSWER}",
    "kimi": f"◁think▷A or B?◁/think▷{ANSWER}",
    "opened in the prompt": f"A or B?\n</think>\n\n{ANSWER}",
    "channels": f"<|channel|>analysis<|message|>A or B?<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
    "behind the answer": f"{ANSWER}\n<think>A or B?</think>",
    "cut behind the answer": f"{ANSWER}\n<think>A or B?",
    "a tag in the thoughts": f"<think>A or B? then </think>\n</think>\n{ANSWER}",
    "code in the thoughts": f"<think>A or B?\n```\nx\n</think>\n{ANSWER}",
}
WITHOUT_THOUGHTS = {
    "none": ANSWER,
    "in a sentence": "The tag <think> begins what </think> ends.",
    "in backquotes": "`<think>` is a tag, and `</think>` too.",
    "in code": "Parse this:\n```xml\n<think>\nA or B?\n</think>\n```\nwith a parser.",
    "of other names": "<thinker>A or B?</thinker>",
}
ONLY_THOUGHTS = {
    "cut": "<think>\nLet me think about {this} for a very long",
    "closed": "<think>A or B?</think>",
    "a channel": "<|channel|>analysis<|message|>A or B?",
}


@pytest.mark.parametrize("text", WITH_THOUGHTS.values(), ids=WITH_THOUGHTS.keys())
def test_thoughts_are_cut_and_kept(text: str) -> None:
    answer, thoughts = split_thoughts(text)
    assert answer == ANSWER
    assert "A or B?" in thoughts


@pytest.mark.parametrize("text", WITHOUT_THOUGHTS.values(), ids=WITHOUT_THOUGHTS.keys())
def test_tags_in_an_answer_stay(text: str) -> None:
    assert split_thoughts(text) == (text, "")


@pytest.mark.parametrize("text", ONLY_THOUGHTS.values(), ids=ONLY_THOUGHTS.keys())
def test_thoughts_alone_are_no_answer(text: str) -> None:
    answer, thoughts = split_thoughts(text)
    assert answer == ""
    assert thoughts

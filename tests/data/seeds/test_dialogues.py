"""Dialogue seeds: their form, and that in them earlier facts decide and the assistant asks."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from hackmentor.data.refine.mask import mask_text
from hackmentor.data.sources import load_source, seeds

IDS = re.compile(r"\b(?:CWE-\d+|T\d{4}(?:\.\d{3})?)\b")


@pytest.fixture(scope="module")
def dialogues() -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(seeds.SEED_FOLDER.rglob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if '"messages": [' in line
    ]


def said(dialogue: dict[str, Any], role: str) -> list[str]:
    return [message["content"] for message in dialogue["messages"] if message["role"] == role]


def test_there_are_enough(dialogues: list[dict[str, Any]]) -> None:
    assert len(dialogues) >= 90
    assert len({dialogue["category"] for dialogue in dialogues}) >= 10


def test_their_form(dialogues: list[dict[str, Any]]) -> None:
    for dialogue in dialogues:
        assert set(dialogue) - {"safety"} == {"id", "category", "messages", "refs"}, dialogue["id"]
        assert all(set(message) == {"role", "content"} for message in dialogue["messages"]), dialogue["id"]
        assert all(message["content"].strip() == message["content"] != "" for message in dialogue["messages"])
        roles = [message["role"] for message in dialogue["messages"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2), dialogue["id"]
        assert 3 <= len(roles) // 2 <= 6, dialogue["id"]


def test_ids_follow_from_the_category(dialogues: list[dict[str, Any]]) -> None:
    expected = {
        f"dialogue-{category.lower().replace(' ', '-')}-{number}"
        for category, size in Counter(dialogue["category"] for dialogue in dialogues).items()
        for number in range(1, size + 1)
    }
    assert {dialogue["id"] for dialogue in dialogues} == expected


def test_references_are_those_of_the_answers_and_live(dialogues: list[dict[str, Any]]) -> None:
    known = {entry.upstream_id for name in ("cwe", "attack") for entry in load_source(name).entries}
    for dialogue in dialogues:
        used = set(IDS.findall("\n".join(said(dialogue, "assistant"))))
        assert used <= set(dialogue["refs"]), dialogue["id"]
        assert set(dialogue["refs"]) <= known, dialogue["id"]


def test_the_assistant_asks_back(dialogues: list[dict[str, Any]]) -> None:
    asking = [dialogue for dialogue in dialogues if "?" in said(dialogue, "assistant")[0]]
    assert len(asking) >= 0.8 * len(dialogues)


def test_the_same_question_ends_elsewhere_with_other_facts(dialogues: list[dict[str, Any]]) -> None:
    """Twins begin alike and differ in what the user adds: so must the last answers."""
    first = Counter(said(dialogue, "user")[0] for dialogue in dialogues)
    twins = [dialogue for dialogue in dialogues if first[said(dialogue, "user")[0]] > 1]
    assert len(twins) >= 6
    assert len({said(dialogue, "assistant")[-1] for dialogue in twins}) == len(twins)


def test_questions_of_yes_and_no_begin_with_a_verdict(dialogues: list[dict[str, Any]]) -> None:
    verdict = re.compile(
        r"(?i)(yes|no|not|then|never|only|perhaps|possibly|it |that|can't|better not|wait|fine|good|partly|in the end"
        r"|under conditions|almost|both|leave|treat|use|stop|don't|keep)"
    )
    asked = re.compile(r"(?i)(?:^|[.!?] |\n)(?:is|are|can|could|may|should|do|does|will|was|must) [^.?\n]*\?$")
    odd = []
    for dialogue in dialogues:
        for question, answer in zip(said(dialogue, "user"), said(dialogue, "assistant"), strict=True):
            # Who lacks a fact may ask for it first.
            if asked.search(question) and not verdict.match(answer) and "?" not in answer[:200]:
                odd.append((dialogue["id"], question, answer[:60]))
    assert odd == []


def test_no_dialogue_is_another_with_few_words_changed(dialogues: list[dict[str, Any]]) -> None:
    answers = [answer for dialogue in dialogues for answer in said(dialogue, "assistant")]
    repeated = [answer for answer, times in Counter(answers).items() if times > 1]
    # Twins share their beginning; nothing else is said twice.
    assert len(repeated) <= 0.1 * len(answers)
    assert max(len(answer.split()) for answer in answers) <= 260


def test_nothing_in_them_would_be_masked(dialogues: list[dict[str, Any]]) -> None:
    text = {dialogue["id"]: "\n".join(m["content"] for m in dialogue["messages"]) for dialogue in dialogues}
    assert {name: mask_text(all_of_it)[1] for name, all_of_it in text.items() if mask_text(all_of_it)[1]} == {}

"""What teaches refusing: that it refuses and serves as marked, in pairs, and shares nothing with the evaluation."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from hackmentor import evaluate
from hackmentor.data.sources.seeds import Seed, SeedDialogue, load_seeds
from hackmentor.exams.refusal import classify_by_pattern
from tests.data.seeds.blocks import texts

EVALUATED = sorted((Path(evaluate.__file__).parent / "safety").glob("*.jsonl"))


@pytest.fixture(scope="module")
def safety_seeds() -> list[Seed]:
    return [entry for entry in load_seeds().entries if isinstance(entry, Seed) and entry.safety]


@pytest.fixture(scope="module")
def safety_dialogues() -> list[SeedDialogue]:
    return [entry for entry in load_seeds().entries if isinstance(entry, SeedDialogue) and entry.safety]


def test_there_are_enough_of_each(safety_seeds: list[Seed], safety_dialogues: list[SeedDialogue]) -> None:
    kinds = Counter(seed.safety for seed in safety_seeds)
    assert 300 <= len(safety_seeds) <= 500
    assert kinds["refused"] == kinds["served"] >= 130
    assert kinds["resisted"] >= 40
    assert Counter(dialogue.safety for dialogue in safety_dialogues).keys() == {"refused", "served", "resisted"}
    assert len(safety_dialogues) >= 20


def test_what_is_marked_as_refused_is_and_nothing_else(safety_seeds: list[Seed]) -> None:
    for seed in safety_seeds:
        label = classify_by_pattern(seed.instruction, seed.answer)
        assert label == ("refused" if seed.safety == "refused" else "complied"), seed.upstream_id


def test_refused_dialogues_refuse_and_then_offer_something(safety_dialogues: list[SeedDialogue]) -> None:
    for dialogue in safety_dialogues:
        labels = [classify_by_pattern(*turn) for turn in dialogue.turns]
        assert ("refused" in labels[:2]) == (dialogue.safety == "refused"), (dialogue.upstream_id, labels)
        assert labels[-1] == "complied", dialogue.upstream_id


def test_a_refusal_offers_something_useful(safety_seeds: list[Seed]) -> None:
    """Besides declining it says what would be done instead, or where to turn."""
    for seed in safety_seeds:
        if seed.safety == "refused":
            assert 20 <= len(seed.answer.split()) <= 90, seed.upstream_id


def test_each_harmful_request_has_a_twin_that_is_served_on_the_same_side(safety_seeds: list[Seed]) -> None:
    by_key: dict[str, list[str]] = {}
    for seed in safety_seeds:
        by_key.setdefault(seed.split_key, []).append(seed.safety)
    assert all(sorted(kinds) in (["refused", "served"], ["resisted"]) for kinds in by_key.values())


def test_refusals_do_not_all_begin_alike(safety_seeds: list[Seed]) -> None:
    openings = Counter(" ".join(seed.answer.split()[:3]) for seed in safety_seeds if seed.safety == "refused")
    assert max(openings.values()) <= 0.1 * sum(openings.values())


def test_none_is_from_the_evaluation() -> None:
    """Neither a request nor eight words in a row of one, where a build would refuse from thirteen on."""
    items = [json.loads(line) for path in EVALUATED for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(items) >= 150
    evaluated = [item[field] for item in items for field in ("prompt", "task", "document") if field in item]
    asked = {" ".join(list_words(text)) for text in evaluated}
    runs = {run for text in evaluated for run in list_runs(text)}
    for name, part, text in texts():
        if part != "answer":
            assert " ".join(list_words(text)) not in asked, name
        assert not runs.intersection(list_runs(text)), name


def list_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def list_runs(text: str, length: int = 8) -> list[tuple[str, ...]]:
    words = list_words(text)
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]

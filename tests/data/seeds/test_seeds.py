import re
from collections import Counter
from math import exp, log
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hackmentor.data.build import build_dataset
from hackmentor.data.refine.mask import mask_text
from hackmentor.data.sources import load_source, seeds
from hackmentor.data.sources.seeds import Seed, SeedDialogue
from hackmentor.records.record import read_records
from hackmentor.runtime.errors import UserError

IDS = re.compile(r"\b(?:CWE-\d+|T\d{4}(?:\.\d{3})?)\b")


@pytest.fixture(scope="module")
def all_seeds() -> list[Seed]:
    return [entry for entry in load_source("seeds").entries if isinstance(entry, Seed)]


def test_there_are_enough_over_enough_fields(all_seeds: list[Seed]) -> None:
    assert len(all_seeds) >= 750
    assert len({seed.category for seed in all_seeds}) >= 120
    assert max(Counter(seed.category for seed in all_seeds).values()) < 0.1 * len(all_seeds)


def test_ids_and_questions_are_unique(all_seeds: list[Seed]) -> None:
    assert len({seed.upstream_id for seed in all_seeds}) == len(all_seeds)
    assert len({(seed.instruction, seed.input) for seed in all_seeds}) == len(all_seeds)


def test_every_catalogue_id_exists_and_is_live(all_seeds: list[Seed]) -> None:
    known = {entry.upstream_id for name in ("cwe", "attack") for entry in load_source(name).entries}
    shown = {seed: f"{seed.instruction}\n{seed.input}\n{seed.answer}" for seed in all_seeds}
    used = {seed.upstream_id: {*seed.refs, *IDS.findall(text)} for seed, text in shown.items()}
    assert {name: ids - known for name, ids in used.items() if ids - known} == {}
    assert sum(bool(ids) for ids in used.values()) > 50


def test_ids_in_the_answer_are_among_the_references(all_seeds: list[Seed]) -> None:
    assert {seed.upstream_id: set(IDS.findall(seed.answer)) - set(seed.refs) for seed in all_seeds} == {
        seed.upstream_id: set() for seed in all_seeds
    }


def test_ids_follow_from_the_category(all_seeds: list[Seed]) -> None:
    by_category = Counter(seed.category for seed in all_seeds)
    expected = {
        f"seed:{category.lower().replace(' ', '-')}-{number}"
        for category, size in by_category.items()
        for number in range(1, size + 1)
    }
    assert {seed.upstream_id.lower() for seed in all_seeds} == expected


def test_answers_are_of_a_useful_length(all_seeds: list[Seed]) -> None:
    for seed in all_seeds:
        is_short = seed.category == "plain words" or seed.safety == "refused"
        least, most = (12, 90) if is_short else (40, 400)
        assert least <= len(seed.answer.split()) <= most, seed.upstream_id
    assert not [seed.upstream_id for seed in all_seeds if mask_text(seed.answer)[1]]


def test_seeds_become_records_as_they_stand(all_seeds: list[Seed], tmp_path: Path, recipe: Any) -> None:
    build_dataset(recipe("iio", sources=["seeds"], seed=1), tmp_path / "iio")
    records = [*read_records(tmp_path / "iio" / "train.jsonl"), *read_records(tmp_path / "iio" / "eval.jsonl")]
    assert sorted((r.instruction, r.input, r.output) for r in records) == sorted(
        (seed.instruction, seed.input, seed.answer) for seed in all_seeds
    )
    assert {record.licence for record in records} == {"Apache-2.0"}
    assert {record.task for record in records} == {"seed.answer", "seed.refusal", "seed.dual_use", "seed.injection"}


def test_dialogues_become_records_as_they_stand(tmp_path: Path, recipe: Any) -> None:
    dialogues = [entry for entry in load_source("seeds").entries if isinstance(entry, SeedDialogue)]
    build_dataset(recipe("turn", sources=["seeds"], seed=1), tmp_path / "turn")
    sides = [read_records(tmp_path / "turn" / f"{side}.jsonl") for side in ("train", "eval")]
    records = {record.upstream_id: record for side in sides for record in side}
    assert records.keys() == {dialogue.upstream_id for dialogue in dialogues}
    for dialogue in dialogues:
        contents = [message["content"] for message in records[dialogue.upstream_id].messages]
        assert contents == [content for turn in dialogue.turns for content in turn]
    # Dialogues that begin alike would give one another away.
    first = [{record.messages[0]["content"] for record in side} for side in sides]
    assert first[0].isdisjoint(first[1])


def test_a_bad_seed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = (seeds.SEED_FOLDER / "governance.jsonl").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "mine.jsonl").write_text(good + '\n{"id": "x"}\n', encoding="utf-8")
    monkeypatch.setattr(seeds, "SEED_FOLDER", tmp_path)
    with pytest.raises(UserError, match=r"mine\.jsonl, line 2: not a seed"):
        seeds.load_seeds.__wrapped__()


def test_the_answers_do_not_repeat_one_another(all_seeds: list[Seed]) -> None:
    """Self-BLEU-4 (Zhu et al. 2018), 60 answers against 50 others each, words only, no match counted as a tenth."""
    draw = Random(0)
    answers = [re.findall(r"\w+", seed.answer.lower()) for seed in draw.sample(all_seeds, 300)]
    scores = [
        compute_bleu(answer, draw.sample([other for other in answers if other is not answer], 50))
        for answer in answers[:60]
    ]
    assert sum(scores) / len(scores) <= 0.06


def compute_bleu(answer: list[str], references: list[list[str]]) -> float:
    nearest = min(map(len, references), key=lambda length: (abs(length - len(answer)), length))
    logarithms = [min(0.0, 1 - nearest / len(answer))]
    for size in range(1, 5):
        found = count_ngrams(answer, size)
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= count_ngrams(reference, size)
        matches = (found & most).total() or 0.1
        logarithms.append(log(matches / found.total()) / 4)
    return exp(sum(logarithms))


def count_ngrams(words: list[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(size)), strict=False))

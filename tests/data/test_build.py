import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from hackmentor.data.build import build_dataset, is_current
from hackmentor.data.compose import list_task_kinds
from hackmentor.data.compose.template import TaskKind
from hackmentor.data.refine.contamination import find_near_duplicates, find_overlaps
from hackmentor.data.sources import load_source
from hackmentor.records.dataset_card import read_dataset_card
from hackmentor.records.record import read_records
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import compute_file_sha256


def answers(built: Any) -> list[str]:
    return [m["content"] for record in built.all for m in record.to_conversation() if m["role"] == "assistant"]


def left_out(directory: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (directory / "left_out.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        found.setdefault(item["reason"], []).append(item["id"])
    return found


def prose_only(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def test_no_markup_is_left(built: Any) -> None:
    texts = [prose_only(record.to_text()) for record in built.all]
    bad = [match.group() for text in texts if (match := re.search(r"\(Citation|\]\(http|xhtml|\[REF-", text))]
    assert bad == []


def test_no_slot_is_left_in_a_question(built: Any) -> None:
    slots = re.compile(r"\{(?:id|name|label|language|cve)\}")
    assert not [record.id for record in built.all if slots.search(record.to_text())]


def test_answers_end_with_a_sentence_or_a_list_or_code(built: Any) -> None:
    loose = [text for text in answers(built) if not text.rstrip().endswith((".", "!", "?", "```", '"', "'", ")"))]
    # Lists of names (log sources, platforms) have no full stops.
    assert [text for text in loose if not text.rstrip().split("\n")[-1].lstrip().startswith("- ")] == []
    assert [
        text for text in answers(built) if re.search(r"\b(?:e\.g|i\.e|such as|including|following)[.:,]?$", text)
    ] == []


def test_openings_vary(built: Any) -> None:
    openings = Counter(" ".join(r.to_conversation()[0]["content"].lower().split()[:3]) for r in built.all)
    words, number = min(openings.items(), key=lambda item: (-item[1], item[0]))
    assert number / len(built.all) < 0.05, words
    assert built.card.opening.words == words


def test_no_subject_is_on_both_sides(built: Any) -> None:
    keys = [{record.upstream_id.partition(".")[0] for record in side} for side in (built.train, built.eval)]
    assert keys[0].isdisjoint(keys[1])
    assert {record.source for record in built.eval} == {"cwe", "attack", "sigma"}


def test_ids_and_contents_are_unique(built: Any) -> None:
    assert len({record.id for record in built.all}) == len(built.all)
    assert len({record.sha256 for record in built.all}) == len(built.all)


def test_evaluation_text_is_not_in_training(built: Any) -> None:
    assert find_overlaps(built.train, built.eval) == []
    assert find_near_duplicates(built.train, built.eval) == []


def test_the_card_tells_the_truth(built: Any) -> None:
    card = read_dataset_card(built.directory / "card.json")
    assert card == built.card
    assert card.train.total == len(built.train)
    assert dict(card.train.by_task) == dict(Counter(record.task for record in built.train))
    assert sum(card.eval.by_source.values()) == len(built.eval)
    for file, digest in card.files.items():
        assert compute_file_sha256(built.directory / file) == digest
    assert "T1064" in card.dropped["attack: deprecated"].ids
    assert card.dropped["cwe: deprecated or obsolete"].count == 25
    assert "The MITRE Corporation" in card.notices["cwe"]
    assert card.packages["cwe2"].startswith("3.")


def test_records_know_their_origin(built: Any) -> None:
    versions = {name: load_source(name).origin.upstream_version for name in ("cwe", "attack", "sigma")}
    for record in built.all:
        assert record.upstream_version == versions[record.source]
        assert record.made_by == f"template:{record.task}"
        assert record.id.startswith(record.upstream_id)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(built: Any, tmp_path: Path, recipe: Any) -> None:
    small = recipe(built.card.shape, sources=("cwe",), max_train=300, max_eval=60)
    first = build_dataset(small, tmp_path / "first")
    again = build_dataset(small, tmp_path / "again")
    other = build_dataset(replace(small, seed=8), tmp_path / "other")
    for file in ("train.jsonl", "eval.jsonl", "card.json"):
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "first" / file).read_bytes()
    assert again.files == first.files
    assert not set(other.files.values()) & set(again.files.values())


def test_another_process_gives_the_same_bytes(built: Any, tmp_path: Path, recipe: Any) -> None:
    # Another hash seed orders sets differently: nothing may depend on that.
    if built.card.shape == "iio":
        pytest.skip("one shape is enough for this")
    small = recipe("turn", sources=("cwe", "seeds"), max_train=300, max_eval=60)
    code = (
        "import sys; from pathlib import Path; from hackmentor.data.build import build_dataset;"
        f"from hackmentor.data.recipe import DatasetRecipe; build_dataset({small!r}, Path(sys.argv[1]))"
    )
    build_dataset(small, tmp_path / "here")
    environment = os.environ | {"PYTHONHASHSEED": "123"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "there")], check=True, env=environment)
    for file in ("train.jsonl", "eval.jsonl", "card.json"):
        assert (tmp_path / "there" / file).read_bytes() == (tmp_path / "here" / file).read_bytes()


def test_limits_leave_something_of_every_task(built: Any, tmp_path: Path, recipe: Any) -> None:
    small = recipe(built.card.shape, sources=("cwe",), max_train=200, max_eval=30)
    card = build_dataset(small, tmp_path)
    assert (card.train.total, card.eval.total) == (200, 30)
    assert set(card.train.by_task) == {task for task in built.card.train.by_task if task.startswith("cwe.")}
    left = left_out(tmp_path)
    assert {reason: len(ids) for reason, ids in left.items()} == {
        reason: noted.count for reason, noted in card.dropped.items()
    }
    over = left["train: over max_train"]
    assert len(over) == len(set(over)) > 150
    assert card.dropped["train: over max_train"].ids == tuple(over[:1_000])
    kept = {record.id for record in read_records(tmp_path / "train.jsonl")}
    everything = {record.id for record in built.train if record.source == "cwe"}
    assert everything <= kept | {name for ids in left.values() for name in ids}


def test_there_is_enough_of_everything(built: Any) -> None:
    dropped = built.card.dropped.get("train: over max_train")
    total = built.card.train.total + (dropped.count if dropped else 0)
    tasks = set(built.card.train.by_task)
    if built.card.shape == "turn":
        assert total >= 800
        assert len(tasks) >= 8
    else:
        kinds = list_task_kinds()
        assert total >= 4_300
        assert len(tasks) >= 20
        assert {kinds[task] for task in tasks} == set(get_args(TaskKind))


def test_detection_rules_name_their_authors(built: Any) -> None:
    rules = [record for record in built.all if record.source == "sigma"]
    assert rules
    assert all("; author: " in record.licence for record in rules)


def test_is_current_notices_every_change(built: Any, tmp_path: Path, recipe: Any) -> None:
    same = recipe(built.card.shape, max_train=3_000, max_eval=500)
    assert is_current(same, built.directory)
    assert not is_current(replace(same, seed=8), built.directory)
    assert not is_current(replace(same, max_train=5), built.directory)
    assert not is_current(same, tmp_path)
    for file in ("train.jsonl", "eval.jsonl", "left_out.jsonl", "card.json"):
        (tmp_path / file).write_bytes((built.directory / file).read_bytes())
    assert is_current(same, tmp_path)
    with (tmp_path / "eval.jsonl").open("a") as lines:
        lines.write("{}\n")
    assert not is_current(same, tmp_path)


def test_impossible_arguments_are_refused(tmp_path: Path, recipe: Any) -> None:
    with pytest.raises(UserError, match="eval_fraction"):
        recipe("iio", eval_fraction=1.5)
    with pytest.raises(UserError, match="unknown data source 'cve'"):
        build_dataset(recipe("iio", sources=("cve",)), tmp_path / "iio")
    assert list(tmp_path.iterdir()) == []


def test_training_that_repeats_the_users_own_evaluation_is_refused(tmp_path: Path, recipe: Any) -> None:
    plain = recipe("iio", sources=["seeds"], seed=0, eval_fraction=0.2, max_train=20, max_eval=5)
    build_dataset(plain, tmp_path / "clean")
    taken = read_records(tmp_path / "clean" / "train.jsonl")[0]
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps([{"instruction": taken.instruction, "input": taken.input, "output": taken.output}]))
    with pytest.raises(UserError, match=r"mine\.json: 1 evaluation record\(s\) occur in the training data"):
        build_dataset(replace(plain, against=[str(mine)]), tmp_path / "dirty")
    assert not (tmp_path / "dirty").exists()
    mine.write_text(
        json.dumps([{"instruction": "What is a pangolin?", "input": "", "output": "An animal with scales."}])
    )
    build_dataset(replace(plain, against=[str(mine)]), tmp_path / "dirty")


def test_a_missing_evaluation_file_is_named(tmp_path: Path, recipe: Any) -> None:
    with pytest.raises(UserError, match=r"data\.against=nowhere\.json"):
        build_dataset(recipe("iio", sources=["seeds"], against=["nowhere.json"]), tmp_path / "iio")

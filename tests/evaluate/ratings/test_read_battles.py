"""Battle files: every shape that is about, and faults by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hackmentor.evaluate.ratings.battles import Battles, fold_pairs
from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from hackmentor.evaluate.ratings.read_battles import read_battles
from hackmentor.runtime.errors import UserError
from tests.evaluate.ratings.synthetic_battles import BattleRow, battle_row, build_battles, simulate_battles

ROWS = [
    battle_row("a", "b", "model_a"),
    battle_row("b", "a", "model_b"),
    battle_row("a", "c", "tie"),
    battle_row("c", "b", "tie (bothbad)"),
]


def outcomes(battles: Battles) -> list[tuple[str, str, int]]:
    rows = zip(battles.first, battles.second, battles.outcome, strict=True)
    return [(battles.models[first], battles.models[second], int(outcome)) for first, second, outcome in rows]


EXPECTED = [("a", "b", 2), ("b", "a", 0), ("a", "c", 1), ("c", "b", 1)]


def written(folder: Path, rows: list[BattleRow], name: str) -> Path:
    path = folder / name
    lines = "\n".join(json.dumps(row) for row in rows)
    path.write_text(lines if name.endswith("jsonl") else json.dumps(rows, indent=4))
    return path


@pytest.mark.parametrize("name", ["battles.json", "battles.jsonl"])
@pytest.mark.parametrize("key", ["win", "winner"])
def test_both_formats_and_both_keys(tmp_path: Path, name: str, key: str) -> None:
    rows = [{**{k: v for k, v in row.items() if k != "win"}, key: row["win"]} for row in ROWS]
    assert outcomes(read_battles(written(tmp_path, rows, name))) == EXPECTED


def test_win_and_winner_may_both_be_there_if_they_agree(tmp_path: Path) -> None:
    rows = [{**row, "winner": row["win"]} for row in ROWS]
    assert outcomes(read_battles(written(tmp_path, rows, "b.jsonl"))) == EXPECTED


def test_ties_in_both_spellings_count_equally() -> None:
    rows = simulate_battles([0.0, 1.0], 60, seed=0, ties=0.5)
    bad = [{**row, "win": "tie (bothbad)"} if row["win"] == "tie" else row for row in rows]
    assert compute_ratings(build_battles(bad), reference=None, rounds=100, seed=0) == compute_ratings(
        build_battles(rows), reference=None, rounds=100, seed=0
    )


FAULTS = {
    "no object": (7, "not an object"),
    "missing model": ({"model_a": "a", "win": "tie"}, "no `model_b`"),
    "missing winner": ({"model_a": "a", "model_b": "b"}, "neither `win` nor `winner`"),
    "unknown winner": (battle_row("a", "b", "a"), "`win` is 'a'; write model_a, model_b, tie, tie (bothbad)"),
    "winner of another type": ({"model_a": "a", "model_b": "b", "winner": ["tie"]}, "`winner` is ['tie']"),
    "against itself": (battle_row("a", "a", "tie"), "'a' is compared with itself"),
    "model that is no text": ({"model_a": 1, "model_b": "b", "win": "tie"}, "`model_a` is 1, not a name"),
    "empty name": (battle_row(" ", "b", "tie"), "`model_a` is ' ', not a name"),
    "half a character": (battle_row("\ud800", "b", "tie"), "not valid Unicode"),
    "win and winner differ": (battle_row("a", "b", "tie", winner="model_a"), "`win` and `winner` differ"),
    "question": (battle_row("a", "b", "tie", question_id=True), "`question_id` is True"),
    "question list": (battle_row("a", "b", "tie", question_id=[1]), "`question_id` is [1]"),
    "category": (battle_row("a", "b", "tie", category=3), "`category` is 3, not a name"),
    "judge": (battle_row("a", "b", "tie", judge=3), "`judge` is 3, not text"),
    "swapped": (battle_row("a", "b", "tie", swapped="yes"), "`swapped` is 'yes', not true or false"),
}


@pytest.mark.parametrize(("row", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_a_malformed_row_is_named_by_line(tmp_path: Path, row: BattleRow, expected: str) -> None:
    path = written(tmp_path, [*ROWS, row], "battles.jsonl")
    with pytest.raises(UserError) as refused:
        read_battles(path)
    assert str(refused.value).startswith(f"{path}, line 5: ")
    assert expected in str(refused.value)


def test_lines_of_an_indented_array_are_counted(tmp_path: Path) -> None:
    path = written(tmp_path, [*ROWS, battle_row("a", "a", "tie"), *ROWS, battle_row("a", "b", "draw")], "battles.json")
    with pytest.raises(UserError) as refused:
        read_battles(path)
    lines = path.read_text().splitlines()
    named = [int(line.split("line ")[1].split(":")[0]) for line in str(refused.value).splitlines()]
    # Each row takes five lines, the array's bracket one: the fifth begins on 22, the tenth on 47.
    assert named == [22, 47]
    assert lines[22 - 1].strip() == lines[47 - 1].strip() == "{"


def test_all_faults_come_at_once_up_to_a_limit(tmp_path: Path) -> None:
    path = written(tmp_path, [battle_row("a", "a", "tie")] * 33, "battles.jsonl")
    path.write_text(path.read_text() + "\n{broken\n")
    with pytest.raises(UserError) as refused:
        read_battles(path)
    lines = str(refused.value).splitlines()
    assert lines[19] == f"{path}, line 20: 'a' is compared with itself"
    assert lines[20:] == ["and 14 more such rows"]


def test_a_file_without_battles(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no battles"):
        read_battles(written(tmp_path, [], "battles.json"))


def test_control_characters_in_a_fault_are_shown_not_sent(tmp_path: Path) -> None:
    path = written(tmp_path, [battle_row("a\x1b[2J", "a\x1b[2J", "tie")], "battles.jsonl")
    with pytest.raises(UserError) as refused:
        read_battles(path)
    assert "\x1b" not in str(refused.value)


def test_questions_tell_numbers_from_text_and_the_unnamed_stand_alone() -> None:
    numbers = [1, "1", 1, None, None, "x", "1"]
    battles = build_battles([battle_row("a", "b", "tie", question_id=number) for number in numbers])
    questions = battles.question.tolist()
    assert len(set(questions)) == 5
    assert questions[0] == questions[2]
    assert questions[1] == questions[6]
    assert (battles.has_questions, battles.without_question) == (True, 2)


def test_a_category_holds_its_own_models_only() -> None:
    rows = [
        battle_row("a", "b", "tie", category="x"),
        battle_row("b", "c", "model_a", category="y"),
        battle_row("a", "c", "tie"),
    ]
    battles = build_battles(rows)
    of_y = battles.select_category(battles.categories.index("y"))
    assert outcomes(of_y) == [("b", "c", 2)]
    assert of_y.models == ("b", "c")


def test_pairs_fold_both_orders() -> None:
    pairs = fold_pairs(build_battles([*ROWS, battle_row("b", "a", "tie")]))
    assert (pairs.low.tolist(), pairs.high.tolist()) == ([0, 0, 1], [1, 2, 2])
    assert pairs.count_outcomes().tolist() == [[0, 1, 2], [0, 1, 0], [0, 1, 0]]

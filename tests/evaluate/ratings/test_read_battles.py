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
    "two outcome columns": (
        {"model_a": "a", "model_b": "b", "winner_model_a": 1, "winner_model_b": 1, "winner_tie": 0},
        "2 of winner_model_a, winner_model_b, winner_tie are 1",
    ),
    "preference": ({"generator_1": "a", "generator_2": "b", "preference": 1.7}, "`preference` is 1.7; write 1, 1.5"),
    "an error for a winner": (
        {"model_1": "a", "model_2": "b", "g1_winner": "error", "g2_winner": "tie"},
        "`winner` is 'error'",
    ),
}


@pytest.mark.parametrize(("row", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_a_malformed_row_is_named_by_line(tmp_path: Path, row: BattleRow, expected: str) -> None:
    path = written(tmp_path, [*ROWS, row], "battles.jsonl")
    with pytest.raises(UserError) as refused:
        read_battles(path)
    assert str(refused.value).startswith(f"{path}, line 5: ")
    assert expected in str(refused.value)


@pytest.mark.parametrize("tie", ["both_bad", "bothbad", "tie (inconsistent)"])
def test_ties_of_other_arenas_are_ties(tmp_path: Path, tie: str) -> None:
    assert outcomes(read_battles(written(tmp_path, [battle_row("a", "b", tie)], "b.jsonl"))) == [("a", "b", 1)]


@pytest.mark.parametrize(
    "more",
    [
        {"judge": ["gpt-4", "pair-v2"]},
        {"judge": 3},
        {"judge": "arena_user_7"},
        {"swapped": "yes"},
        {"category": {"math": True}},
        {"category": ["coding"]},
        {"category": ""},
        {"category": 3},
        {"question_id": 7.0},
        {"question_id": float("nan")},
        {"language": "English", "turn": 1, "conversation_a": [{"role": "user", "content": "x"}]},
    ],
)
def test_what_the_rating_does_not_need_refuses_no_file(tmp_path: Path, more: BattleRow) -> None:
    battles = read_battles(written(tmp_path, [battle_row("a", "b", "model_a", **more)], "b.jsonl"))
    assert outcomes(battles) == [("a", "b", 2)]
    assert battles.categories == ()


def test_a_question_by_a_float_is_the_same_question(tmp_path: Path) -> None:
    rows = [battle_row("a", "b", "tie", question_id=7), battle_row("a", "b", "tie", question_id=7.0)]
    assert len(set(read_battles(written(tmp_path, rows, "b.jsonl")).question.tolist())) == 1


def test_one_column_for_each_outcome(tmp_path: Path) -> None:
    path = tmp_path / "kaggle.csv"
    head = "id,model_a,model_b,prompt,winner_model_a,winner_model_b,winner_tie\r\n"
    path.write_text(f'{head}1,a,b,"[""Why, and\nhow?""]",1,0,0\r\n2,b,a,x,0,1,0\r\n3,a,c,x,0,0,1\r\n4,c,b,x,0,0,1\r\n')
    assert outcomes(read_battles(path)) == EXPECTED


def test_a_table_with_our_columns(tmp_path: Path) -> None:
    path = tmp_path / "battles.csv"
    path.write_text("model_a,model_b,winner,question_id\na,b,model_a,\nb,a,model_b,q1\na,c,tie,\nc,b,tie (bothbad),\n")
    battles = read_battles(path)
    assert outcomes(battles) == EXPECTED
    assert battles.without_question == 3


def test_both_judgements_of_a_pair_are_battles(tmp_path: Path) -> None:
    row = {"question_id": 1, "model_1": "a", "model_2": "b", "g1_winner": "model_1", "g2_winner": "tie", "judge": ["x"]}
    won_twice = row | {"g2_winner": "model_1"}
    battles = read_battles(written(tmp_path, [row, won_twice], "b.jsonl"))
    assert outcomes(battles) == [("a", "b", 2), ("b", "a", 1), ("a", "b", 2), ("b", "a", 0)]


def test_preferences_between_generators(tmp_path: Path) -> None:
    rows = [{"generator_1": "a", "generator_2": "b", "preference": value} for value in (1.0, 2, 1.5)]
    assert outcomes(read_battles(written(tmp_path, rows, "b.json"))) == [("a", "b", 2), ("a", "b", 0), ("a", "b", 1)]


def test_items_on_one_line_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(json.dumps([*ROWS, battle_row("a", "a", "tie")]))
    with pytest.raises(UserError, match=r"item 5, line 1: 'a' is compared with itself"):
        read_battles(path)


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

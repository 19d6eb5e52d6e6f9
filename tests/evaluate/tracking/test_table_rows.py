"""What a tracker is shown of an evaluation."""

from __future__ import annotations

from typing import Any

from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.tracking.table_rows import CLASSES, build_comparison_rows, build_judge_confusions


def build_battle(question: str, a: str, b: str, win: str, judge: str, *votes: str) -> dict[str, Any]:
    return {"question_id": question, "model_a": a, "model_b": b, "win": win, "judge": judge, "votes": list(votes)}


def test_a_judge_is_compared_with_itself_and_with_others_whatever_the_sides() -> None:
    battles = [
        build_battle("q1", "x", "y", "model_a", "llm", "model_a", "model_a"),
        build_battle("q2", "y", "x", "tie", "llm", "model_a", "model_b"),
        build_battle("q1", "y", "x", "model_b", "reference"),
        build_battle("q2", "x", "y", "model_b", "reference"),
        build_battle("q3", "x", "y", "tie", "reference"),
    ]
    (own, swapped), (both, between) = build_judge_confusions(battles)
    assert own == "llm: as shown (rows), sides swapped (columns)"
    said = [[CLASSES[one] for one in row] for row in zip(swapped.first, swapped.second, strict=True)]
    assert said == [["first won", "first won"], ["second won", "first won"]]
    assert both == "llm (rows), reference (columns)"
    said = [[CLASSES[one] for one in row] for row in zip(between.first, between.second, strict=True)]
    assert said == [["first won", "first won"], ["tie", "second won"]]


def test_answers_stand_side_by_side_and_a_missing_one_is_empty() -> None:
    def answer(name: str, number: int) -> Answer:
        return Answer(f"iio/{number}", "iio", name, f"question {number}", f"{name} says {number}", 1, 1, "end", "")

    table = build_comparison_rows({"x": [answer("x", 1), answer("x", 2)], "y": [answer("y", 2)]})
    assert table.columns == ("set", "id", "question", "x", "y")
    assert table.rows == [
        ["iio", "iio/1", "question 1", "x says 1", ""],
        ["iio", "iio/2", "question 2", "x says 2", "y says 2"],
    ]

"""Cohen's kappa of two judges, against published figures and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hackmentor.evaluate.ratings.agreement import compare_judges


def build_rows(judge: str, wins: list[str], **more: Any) -> list[dict[str, Any]]:
    return [
        {"judge": judge, "question_id": f"q{n}", "model_a": "a", "model_b": "b", "win": win, **more}
        for n, win in enumerate(wins)
    ]


def test_kappa_by_hand() -> None:
    """20 yes and 15 no alike, 5 and 10 apart: agreement .7, by chance .5, kappa .4."""
    one = ["model_a"] * 25 + ["model_b"] * 25
    other = ["model_a"] * 20 + ["model_b"] * 5 + ["model_a"] * 10 + ["model_b"] * 15
    (found,) = compare_judges([*build_rows("x", one), *build_rows("y", other)], seed=0)
    assert (found.judge_a, found.judge_b, found.battles) == ("x", "y", 50)
    assert (found.agreement, found.kappa) == pytest.approx((0.7, 0.4))
    # Fleiss, Cohen and Everitt (1969): standard error sqrt(.7 .3 / (50 .5^2)) = .13 about.
    assert found.low == pytest.approx(0.4 - 1.96 * 0.13, abs=0.04)
    assert found.high == pytest.approx(0.4 + 1.96 * 0.13, abs=0.04)
    assert found.describe().startswith("x and y decide 70% of 50 battles alike; beyond chance (kappa): 0.40 [")


def test_sides_don_t_matter_and_copies_of_a_question_add_no_certainty() -> None:
    draw = np.random.default_rng(0)
    wins = [str(win) for win in draw.choice(["model_a", "model_b", "tie"], size=60)]
    other = [win if keep else "tie" for win, keep in zip(wins, draw.random(60) < 0.6, strict=True)]
    turned = [
        {
            **row,
            "model_a": "b",
            "model_b": "a",
            "win": {"model_a": "model_b", "model_b": "model_a"}.get(row["win"], "tie"),
        }
        for row in build_rows("y", other)
    ]
    (straight,) = compare_judges([*build_rows("x", wins), *build_rows("y", other)], seed=0)
    (found,) = compare_judges([*build_rows("x", wins), *turned], seed=0)
    assert found == straight
    copies = [
        {**row, "question_id": f"{row['question_id']}/{copy}", "cluster": row["question_id"]}
        for copy in range(4)
        for row in [*build_rows("x", wins), *build_rows("y", other)]
    ]
    (clustered,) = compare_judges(copies, seed=0)
    assert clustered.battles == 240
    assert clustered.low is not None
    assert clustered.high is not None
    assert straight.low is not None
    assert straight.high is not None
    assert clustered.high - clustered.low == pytest.approx(straight.high - straight.low, rel=0.1)


def test_judges_that_always_decide_in_one_way_agree_by_chance() -> None:
    (found,) = compare_judges([*build_rows("x", ["tie"] * 5), *build_rows("y", ["tie"] * 5)], seed=0)
    assert (found.agreement, found.kappa) == (1.0, None)
    assert "chance would do the same" in found.describe()


def test_only_common_battles_count_and_one_question_gives_no_interval() -> None:
    rows = [*build_rows("x", ["tie", "model_a"]), *build_rows("y", ["model_a"]), *build_rows("z", [])]
    (found,) = compare_judges(rows, seed=0)
    assert (found.battles, found.low) == (1, None)
    assert list(compare_judges(build_rows("x", ["tie"]), seed=0)) == []

"""Whether a maximum of the likelihood exists: against independent answers to the same question."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from hackmentor.evaluate.ratings.battles import Battles, build_win_matrix, fold_pairs
from hackmentor.evaluate.ratings.connectivity import (
    find_components,
    is_position_effect_identifiable,
    is_strongly_connected,
)
from tests.evaluate.ratings.synthetic_battles import BattleRow, battle_row, battle_rows, build_battles


def build_wins(battles: Battles) -> np.ndarray:
    pairs = fold_pairs(battles)
    return build_win_matrix(pairs, pairs.count_outcomes(), len(battles.models))


@given(battle_rows(max_size=12))
def test_connections_agree_with_scipy(rows: list[BattleRow]) -> None:
    wins = build_wins(build_battles(rows))
    group = find_components((wins + wins.T) > 0)
    weak, labels = connected_components(wins, connection="weak")
    assert np.array_equal(np.equal.outer(group, group), np.equal.outer(labels, labels))
    strong, _ = connected_components(wins, connection="strong")
    assert is_strongly_connected(wins, np.equal.outer(group, group)) == (strong == weak)


@given(battle_rows(max_size=12))
def test_a_position_effect_is_determined_where_linear_programming_says_so(rows: list[BattleRow]) -> None:
    battles = build_battles(rows)
    size = len(battles.models)
    points, losses = np.zeros((2, size, size))
    np.add.at(points, (battles.first, battles.second), battles.outcome / 2)
    np.add.at(losses, (battles.first, battles.second), 1 - battles.outcome / 2)
    assert is_position_effect_identifiable(points, losses) == (not _has_free_direction(battles))


def _has_free_direction(battles: Battles) -> bool:
    """Whether strengths d and an effect of 1 or -1 exist that no outcome speaks against."""
    size, rows = len(battles.models), []
    for first, second, outcome in zip(battles.first, battles.second, battles.outcome, strict=True):
        row = np.zeros(size + 1)
        row[first], row[second], row[size] = -1, 1, -1
        rows += [row] * int(outcome > 0) + [-row] * int(outcome < 2)
    bounds = [(None, None)] * size
    return any(
        linprog(np.zeros(size + 1), np.array(rows), np.zeros(len(rows)), bounds=[*bounds, (effect, effect)]).status == 0
        for effect in (-1, 1)
    )


@pytest.mark.parametrize("models", [1, 2, 40])
def test_a_long_chain_of_wins_is_followed_to_its_end(models: int) -> None:
    wins = np.eye(models, k=1)
    together = np.ones((models, models), dtype=bool)
    assert is_strongly_connected(wins, together) == (models == 1)
    wins[-1, 0] = 0.5
    assert is_strongly_connected(wins, together)


def test_matrices_in_a_stack_are_judged_one_by_one() -> None:
    ring, chain = (
        build_wins(build_battles([battle_row("a", "b", "tie")])),
        build_wins(build_battles([battle_row("a", "b", "model_a")])),
    )
    assert is_strongly_connected(np.stack([ring, chain]), np.ones((2, 2), dtype=bool)).tolist() == [True, False]

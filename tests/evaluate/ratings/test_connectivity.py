"""Whether a maximum of the likelihood exists: against independent answers to the same question."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from hackmentor.evaluate.ratings.battles import Battles, pair_up, win_matrix
from hackmentor.evaluate.ratings.connectivity import groups, position_determined, strongly_connected
from tests.evaluate.ratings.synthetic_battles import Content, any_battles, battles_of, fought


def wins_of(battles: Battles) -> np.ndarray:
    pairs = pair_up(battles)
    return win_matrix(pairs, pairs.counts(), len(battles.models))


@given(any_battles(most=12))
def test_connections_agree_with_scipy(rows: list[Content]) -> None:
    wins = wins_of(battles_of(rows))
    group = groups((wins + wins.T) > 0)
    weak, labels = connected_components(wins, connection="weak")
    assert np.array_equal(np.equal.outer(group, group), np.equal.outer(labels, labels))
    strong, _ = connected_components(wins, connection="strong")
    assert strongly_connected(wins, np.equal.outer(group, group)) == (strong == weak)


@given(any_battles(most=12))
def test_a_position_effect_is_determined_where_linear_programming_says_so(rows: list[Content]) -> None:
    battles = battles_of(rows)
    size = len(battles.models)
    points, losses = np.zeros((2, size, size))
    np.add.at(points, (battles.first, battles.second), battles.outcome / 2)
    np.add.at(losses, (battles.first, battles.second), 1 - battles.outcome / 2)
    assert position_determined(points, losses) == (not _some_direction(battles))


def _some_direction(battles: Battles) -> bool:
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
    assert strongly_connected(wins, together) == (models == 1)
    wins[-1, 0] = 0.5
    assert strongly_connected(wins, together)


def test_matrices_in_a_stack_are_judged_one_by_one() -> None:
    ring, chain = wins_of(battles_of([fought("a", "b", "tie")])), wins_of(battles_of([fought("a", "b", "model_a")]))
    assert strongly_connected(np.stack([ring, chain]), np.ones((2, 2), dtype=bool)).tolist() == [True, False]

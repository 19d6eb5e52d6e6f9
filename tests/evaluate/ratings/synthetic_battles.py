"""Synthetic battles for tests: row by row, simulated, or by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies

from hackmentor.evaluate.ratings.battles import Battles
from hackmentor.evaluate.ratings.read_battles import OUTCOMES, parse_battles
from hackmentor.records.read.rows import Row

BattleRow = dict[str, Any]


def build_battles(contents: Sequence[BattleRow]) -> Battles:
    return parse_battles(
        [Row(index, content, line=index) for index, content in enumerate(contents, start=1)], source="made"
    )


def battle_row(model_a: str, model_b: str, win: str, **more: object) -> BattleRow:
    return {"model_a": model_a, "model_b": model_b, "win": win, **more}


def swap_sides(content: BattleRow) -> BattleRow:
    """The same battle with its sides exchanged."""
    other = {"model_a": "model_b", "model_b": "model_a"}.get(content["win"], content["win"])
    return {**content, "model_a": content["model_b"], "model_b": content["model_a"], "win": other}


def simulate_battles(
    strengths: Sequence[float], count: int, *, seed: int, position: float = 0.0, ties: float = 0.2
) -> list[BattleRow]:
    """Simulates battles of models m0, m1, ... with these strengths in nats; `ties` is the share of ties."""
    random = np.random.default_rng(seed)
    contents = []
    for _ in range(count):
        first, second = (int(model) for model in random.choice(len(strengths), size=2, replace=False))
        probability = 1 / (1 + np.exp(-(strengths[first] - strengths[second] + position)))
        win = "tie" if random.random() < ties else "model_a" if random.random() < probability else "model_b"
        contents.append(battle_row(f"m{first}", f"m{second}", win))
    return contents


@strategies.composite
def battle_rows(draw: strategies.DrawFn, max_size: int = 40) -> list[BattleRow]:
    names = strategies.sampled_from(["a", "b", "c", "d", "e"])
    pair = strategies.tuples(names, names).filter(lambda two: two[0] != two[1])
    question = strategies.none() | strategies.integers(0, 5)
    row = strategies.tuples(pair, strategies.sampled_from(sorted(OUTCOMES)), question)
    drawn = draw(strategies.lists(row, min_size=1, max_size=max_size))
    return [battle_row(*two, win, question_id=number) for two, win, number in drawn]

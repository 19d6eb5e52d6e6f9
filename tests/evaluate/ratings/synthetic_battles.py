"""Battles made for tests: from a few words, at random, or by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies

from hackmentor.evaluate.ratings.battles import Battles
from hackmentor.evaluate.ratings.read_battles import OUTCOMES, collect
from hackmentor.records.read.rows import Row

Content = dict[str, Any]


def battles_of(contents: Sequence[Content]) -> Battles:
    return collect([Row(place, content, line=place) for place, content in enumerate(contents, start=1)], source="made")


def fought(model_a: str, model_b: str, win: str, **more: object) -> Content:
    return {"model_a": model_a, "model_b": model_b, "win": win, **more}


def swapped(content: Content) -> Content:
    """The same battle with its sides exchanged."""
    other = {"model_a": "model_b", "model_b": "model_a"}.get(content["win"], content["win"])
    return {**content, "model_a": content["model_b"], "model_b": content["model_a"], "win": other}


def simulated(
    strengths: Sequence[float], count: int, *, seed: int, position: float = 0.0, ties: float = 0.2
) -> list[Content]:
    """Battles of models m0, m1, ... with these strengths in nats; a tie replaces a share of all outcomes."""
    random = np.random.default_rng(seed)
    contents = []
    for _ in range(count):
        first, second = (int(model) for model in random.choice(len(strengths), size=2, replace=False))
        chance = 1 / (1 + np.exp(-(strengths[first] - strengths[second] + position)))
        win = "tie" if random.random() < ties else "model_a" if random.random() < chance else "model_b"
        contents.append(fought(f"m{first}", f"m{second}", win))
    return contents


@strategies.composite
def any_battles(draw: strategies.DrawFn, most: int = 40) -> list[Content]:
    names = strategies.sampled_from(["a", "b", "c", "d", "e"])
    pair = strategies.tuples(names, names).filter(lambda two: two[0] != two[1])
    question = strategies.none() | strategies.integers(0, 5)
    row = strategies.tuples(pair, strategies.sampled_from(sorted(OUTCOMES)), question)
    drawn = draw(strategies.lists(row, min_size=1, max_size=most))
    return [fought(*two, win, question_id=number) for two, win, number in drawn]

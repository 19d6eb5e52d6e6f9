"""Which models can be compared: connectivity of the graph of battles. Functions take stacks of matrices."""

from __future__ import annotations

from math import ceil, inf, log2

import numpy as np

from hackmentor.evaluate.ratings.battles import Flags, Floats, Integers


def find_components(met: Flags) -> Integers:
    """(m,) the number of each model's component: within one, a chain of battles links any two models.

    Args:
        met: (m, m) symmetric, whether two models met.
    """
    first: Integers = np.argmax(_compute_reachability(met), axis=-1)
    return first


def is_strongly_connected(wins: Floats, same_component: Flags) -> Flags:
    """(...): whether, in each component, a chain of wins or ties leads from any model to any other.

    Exactly then the Bradley-Terry likelihood has its maximum at finite strengths (Ford 1957; Hunter 2004,
    assumption 1).

    Args:
        wins: (..., m, m) the points of the row's model from the column's.
        same_component: (m, m) whether two models are of one component.
    """
    connected: Flags = np.all(_compute_reachability(wins > 0) == same_component, axis=(-2, -1))
    return connected


def _compute_reachability(edges: Flags) -> Flags:
    size = edges.shape[-1]
    reach = (edges | np.eye(size, dtype=bool)).astype(np.float32)
    for _ in range(ceil(log2(size)) if size > 1 else 0):
        reach = (reach @ reach > 0).astype(np.float32)
    return reach > 0


def is_position_effect_identifiable(first_points: Floats, second_points: Floats) -> bool:
    """Whether the battles determine a finite position effect in addition to the strengths of the models.

    The likelihood has a maximum at a finite effect unless some direction in the space of strengths d and effect g never
    speaks against an outcome (Albert and Anderson, Biometrika 71, 1984): d_i - d_j + g >= 0 wherever the first, i, had
    points from j, and <= 0 wherever j had points from i. With g = 1 or -1 these are difference constraints, which can
    be met exactly if no cycle of the graph "winner to loser", weighted g for a win in first and -g for one in second
    position, is negative. An example of such a direction: two models that always sat on the same sides.

    Args:
        first_points: (m, m) the points of the row's model, in first position, from the column's.
        second_points: (m, m) the points of the column's model, in second position, from the row's.
    """
    return all(_has_negative_cycle(first_points > 0, second_points.T > 0, effect) for effect in (1.0, -1.0))


def _has_negative_cycle(won_first: Flags, won_second: Flags, effect: float) -> bool:
    distance = np.minimum(np.where(won_first, effect, inf), np.where(won_second, -effect, inf))
    size = len(distance)
    for via in range(size):
        around = distance[:, via, None] + distance[None, via, :]
        # Along a negative cycle distances would double with each step; below -size nothing more is learned.
        distance = np.maximum(np.minimum(distance, around), -size)
    return bool((np.diag(distance) < 0).any())

"""Who can be compared with whom: connections in the graph of battles. All functions take stacks of matrices."""

from __future__ import annotations

from math import ceil, inf, log2

import numpy as np

from hackmentor.evaluate.ratings.battles import Flags, Floats, Integers


def groups(met: Flags) -> Integers:
    """(m,) for each model a number of its group: within one, any two are linked by a chain of battles.

    Args:
        met: (m, m) symmetric, whether two models met.
    """
    first: Integers = np.argmax(_reachable(met), axis=-1)
    return first


def strongly_connected(wins: Floats, together: Flags) -> Flags:
    """(...): whether, in each group, a chain of wins or ties leads from any model to any other.

    Exactly then the maximum likelihood of Bradley and Terry is reached by finite strengths (Ford 1957; Hunter 2004,
    assumption 1).

    Args:
        wins: (..., m, m) the points of the row's model from the column's.
        together: (m, m) whether two models are of one group.
    """
    whole: Flags = np.all(_reachable(wins > 0) == together, axis=(-2, -1))
    return whole


def _reachable(edges: Flags) -> Flags:
    size = edges.shape[-1]
    reach = (edges | np.eye(size, dtype=bool)).astype(np.float32)
    for _ in range(ceil(log2(size)) if size > 1 else 0):
        reach = (reach @ reach > 0).astype(np.float32)
    return reach > 0


def position_determined(first_points: Floats, second_points: Floats) -> bool:
    """Whether the battles determine a finite effect of the position, beside the strengths of the models.

    The likelihood has a maximum at a finite effect unless some direction in the space of strengths d and effect g never
    speaks against an outcome (Albert and Anderson, Biometrika 71, 1984): d_i - d_j + g >= 0 wherever the first, i, had
    points from j, and <= 0 wherever j had points from i. With g = 1 or -1 these are difference constraints, which can
    be met exactly if no cycle of the graph "winner to loser", weighted g for a win in first and -g for one in second
    position, is negative. An example of such a direction: two models that always sat on the same sides.

    Args:
        first_points: (m, m) the points of the row's model, in first position, from the column's.
        second_points: (m, m) the points of the column's model, in second position, from the row's.
    """
    return all(_negative_cycle(first_points > 0, second_points.T > 0, effect) for effect in (1.0, -1.0))


def _negative_cycle(won_first: Flags, won_second: Flags, effect: float) -> bool:
    distance = np.minimum(np.where(won_first, effect, inf), np.where(won_second, -effect, inf))
    size = len(distance)
    for via in range(size):
        around = distance[:, via, None] + distance[None, via, :]
        # Along a negative cycle distances would double with each step; below -size nothing more is learned.
        distance = np.maximum(np.minimum(distance, around), -size)
    return bool((np.diag(distance) < 0).any())

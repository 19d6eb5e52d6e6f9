"""Online Elo, as the original HackMentor published it: battle after battle, in the order of the file."""

from __future__ import annotations

from hackmentor.evaluate.ratings.battles import Battles

K_FACTOR = 32.0
SCALE = 400.0
BASE = 10.0
INITIAL_RATING = 1000.0


def compute_elo(battles: Battles) -> dict[str, float]:
    """The Elo rating of each model after the last battle.

    Before a battle the first is expected to score E_a = 1 / (1 + 10^((R_b - R_a) / 400)); afterwards
    R_a += 32 (S_a - E_a) and R_b += 32 (S_b - E_b), where a win scores 1, a tie 0.5, a loss 0; all begin at 1000
    (A. Elo, The Rating of Chessplayers, 1978; the constants are those of the original's and FastChat's scripts).
    The last battles weigh most, so another order of the same rows gives other ratings: for comparison with published
    numbers, not for a verdict.
    """
    rating = [INITIAL_RATING] * len(battles.models)
    rows = zip(battles.first.tolist(), battles.second.tolist(), battles.outcome.tolist(), strict=True)
    for first, second, outcome in rows:
        gap = (rating[second] - rating[first]) / SCALE
        expected_first, expected_second = 1 / (1 + BASE**gap), 1 / (1 + BASE**-gap)
        rating[first] += K_FACTOR * (outcome / 2 - expected_first)
        rating[second] += K_FACTOR * (1 - outcome / 2 - expected_second)
    return dict(zip(battles.models, rating, strict=True))

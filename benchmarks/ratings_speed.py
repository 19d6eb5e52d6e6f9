"""How long rating takes, beside the usual way: a logistic regression over all battles for each bootstrap round.

    python benchmarks/ratings_speed.py            # prints, and writes benchmarks/results/ratings_speed.json

The peer is what the public notebooks of FastChat did at first: draw rows with replacement, fit scikit-learn's
LogisticRegression without penalty on a row a battle (a tie is two rows of half weight), a round at a time. Where
scikit-learn is missing (HackMentor does not need it), the same likelihood goes through scipy's L-BFGS-B.
"""

from __future__ import annotations

import importlib.util
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hackmentor.evaluate.ratings.battles import Battles
from hackmentor.evaluate.ratings.bradley_terry import POINTS_PER_NAT
from hackmentor.evaluate.ratings.fitted_ratings import fit_ratings
from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from hackmentor.evaluate.ratings.read_battles import read_battles
from hackmentor.runtime.files import write_json

MODELS, ROUNDS, PEER_ROUNDS = 10, 1000, 20
RESULTS = Path(__file__).parent / "results" / "ratings_speed.json"


def write_battles(path: Path, count: int, questions: int) -> Path:
    random = np.random.default_rng(0)
    first = random.integers(MODELS, size=count)
    second = (first + random.integers(1, MODELS, size=count)) % MODELS
    chance = 1 / (1 + np.exp(-0.25 * (first - second) - 0.3))
    win = np.where(random.random(count) < 0.2, "tie", np.where(random.random(count) < chance, "model_a", "model_b"))
    with path.open("w") as stream:
        for number in range(count):
            row = {"model_a": f"model-{first[number]}", "model_b": f"model-{second[number]}", "win": str(win[number])}
            stream.write(json.dumps(row | ({"question_id": number % questions} if questions else {})) + "\n")
    return path


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def peer(battles: Battles, rounds: int) -> np.ndarray:
    """Ratings of each round: (rounds, models)."""
    fit = _sklearn() if importlib.util.find_spec("sklearn") else _scipy
    random, n = np.random.default_rng(0), len(battles)
    ratings = []
    for _ in range(rounds):
        drawn = random.integers(n, size=n)
        signs = np.zeros((n, len(battles.models)))
        signs[np.arange(n), battles.first[drawn]] = 1
        signs[np.arange(n), battles.second[drawn]] = -1
        strength = fit(signs, battles.outcome[drawn] / 2)
        ratings.append(1000 + POINTS_PER_NAT * (strength - strength.mean()))
    return np.array(ratings)


def _sklearn() -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    def fit(signs: np.ndarray, score: np.ndarray) -> np.ndarray:
        model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-8, max_iter=1000)
        labels = np.repeat([1, 0], len(score))
        return np.asarray(model.fit(np.tile(signs, (2, 1)), labels, np.append(score, 1 - score)).coef_[0])

    return fit


def _scipy(signs: np.ndarray, score: np.ndarray) -> np.ndarray:
    from scipy.optimize import minimize

    def loss(strength: np.ndarray) -> tuple[float, np.ndarray]:
        margin = signs @ strength
        return float((np.logaddexp(0, margin) - score * margin).sum()), (1 / (1 + np.exp(-margin)) - score) @ signs

    return np.asarray(minimize(loss, np.zeros(signs.shape[1]), jac=True, method="L-BFGS-B").x)


def main() -> None:
    name = "scikit-learn" if importlib.util.find_spec("sklearn") else "scipy L-BFGS-B"
    results: dict[str, object] = {"python": platform.python_version(), "numpy": np.__version__, "peer": name}
    with tempfile.TemporaryDirectory() as folder:
        small = read_battles(write_battles(Path(folder, "small.jsonl"), 6_500, 0))
        compute_ratings(small, reference=None, rounds=100, seed=0)
        ours = seconds(lambda: fit_ratings(small, rounds=ROUNDS, seed=0))
        theirs = seconds(lambda: peer(small, PEER_ROUNDS)) / PEER_ROUNDS * ROUNDS
        spread = fit_ratings(small, rounds=ROUNDS, seed=0).resampled.std(axis=0) / peer(small, 200).std(axis=0)
        results[f"{ROUNDS:,} rounds over 6,500 battles of {MODELS} models, seconds"] = ours
        results[f"peer, seconds ({PEER_ROUNDS} rounds, scaled up)"] = theirs
        results["ratio"] = theirs / ours
        results["spread of the rounds, ours to the peer's"] = float(spread.mean())
        for questions in (0, 100_000):
            path = write_battles(Path(folder, f"large{questions}.jsonl"), 1_000_000, questions)
            label = f"1,000,000 battles, {questions:,} questions" if questions else "1,000,000 battles"
            read, found = seconds(lambda path=path: read_battles(path)), read_battles(path)
            rated = seconds(lambda found=found: compute_ratings(found, reference=None, rounds=ROUNDS, seed=0))
            results |= {f"{label}: reading, seconds": read, f"{label}: rating, seconds": rated}
    write_json(RESULTS, results)
    json.dump(results, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()

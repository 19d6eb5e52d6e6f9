"""Everything that a file of battles says, as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from math import isnan
from typing import Any

import numpy as np

from hackmentor.evaluate.ratings.battles import Battles, pair_up
from hackmentor.evaluate.ratings.elo import elo
from hackmentor.evaluate.ratings.fitted_ratings import Strengths, strengths
from hackmentor.evaluate.ratings.position_effect import position_effect
from hackmentor.evaluate.ratings.win_rate import win_rates

# Percentile intervals from fewer independent observations are known to be too narrow.
FEW_QUESTIONS = 10


def rate(battles: Battles, *, reference: str | None, rounds: int, seed: int) -> dict[str, Any]:
    """Rates the models of a file.

    Args:
        battles: the battles in the order of the file, which matters to Elo alone.
        reference: the model that win rates are against; without one they are over all battles of a model.
        rounds: how many times the battles are resampled for the intervals.
        seed: of the resampling.

    Returns:
        `elo`, `bradley_terry`, `win_rate`, `predicted`: by model, the best first; `neighbours`: how far each model is
        ahead of the next; `pairs`: counts, each pair once; `position`; `categories`, where any are named: the same
        ratings for the battles of each; `notes`: what must be known to read the numbers, in sentences.
    """
    found = strengths(battles, rounds=rounds, seed=seed)
    summary: dict[str, Any] = {
        "battles": len(battles),
        "models": len(battles.models),
        "questions": len(np.unique(battles.question)) if battles.by_question else None,
        "reference": reference,
        "rounds": rounds,
        "seed": seed,
        "elo": dict(sorted(elo(battles).items(), key=lambda item: (-item[1], item[0]))),
        **_rated(battles, found, reference),
        "predicted": _predicted(battles, found),
        "pairs": list(_pairs(battles)),
        "position": asdict(position_effect(battles)),
    }
    if battles.categories:
        summary["categories"] = {
            name: _category(battles.of_category(index), reference, rounds, seed)
            for index, name in enumerate(battles.categories)
        }
    summary["notes"] = [*_notes(battles, found), *_gaps(battles)]
    return summary


def _rated(battles: Battles, found: Strengths, reference: str | None) -> dict[str, Any]:
    low, high = found.interval()
    rates = win_rates(battles, reference)
    ranked = _ranked(battles, found)
    return {
        "bradley_terry": {
            battles.models[i]: {"rating": float(found.rating[i]), "low": float(low[i]), "high": float(high[i])}
            for i in ranked
        },
        "neighbours": list(_neighbours(battles, found)),
        "win_rate": {name: asdict(rates[name]) for i in ranked if (name := battles.models[i]) in rates},
    }


def _category(battles: Battles, reference: str | None, rounds: int, seed: int) -> dict[str, Any]:
    found = strengths(battles, rounds=rounds, seed=seed)
    rated = _rated(battles, found, reference)
    return {"battles": len(battles), **rated, "notes": list(_notes(battles, found))}


def _ranked(battles: Battles, found: Strengths) -> list[int]:
    """The best first; equals by name. Rounded, so that noise of the last digits does not decide."""
    return sorted(range(len(battles.models)), key=lambda i: (-round(float(found.rating[i]), 6), battles.models[i]))


def _neighbours(battles: Battles, found: Strengths) -> Iterator[dict[str, Any]]:
    for group in np.unique(found.group):
        ranked = [i for i in _ranked(battles, found) if found.group[i] == group]
        for better, worse in pairwise(ranked):
            ahead, low, high = found.difference(better, worse)
            yield {
                "better": battles.models[better],
                "worse": battles.models[worse],
                "difference": ahead,
                "low": low,
                "high": high,
                "distinguishable": low > 0 or high < 0,
            }


def _predicted(battles: Battles, found: Strengths) -> dict[str, dict[str, float | None]]:
    """The chance that the model of the row beats that of the column, a tie being half a win; None between groups."""
    ranked = _ranked(battles, found)
    return {
        battles.models[row]: {
            battles.models[column]: None if isnan(found.chance[row, column]) else float(found.chance[row, column])
            for column in ranked
            if column != row
        }
        for row in ranked
    }


def _pairs(battles: Battles) -> Iterator[dict[str, Any]]:
    pairs = pair_up(battles)
    for low, high, (wins_b, ties, wins_a) in zip(pairs.low, pairs.high, pairs.counts().tolist(), strict=True):
        model_a, model_b = battles.models[low], battles.models[high]
        yield {"model_a": model_a, "model_b": model_b, "wins_a": wins_a, "ties": ties, "wins_b": wins_b}


def _notes(battles: Battles, found: Strengths) -> Iterator[str]:
    members = [np.flatnonzero(found.group == group) for group in np.unique(found.group)]
    if len(members) > 1:
        named = "; ".join(", ".join(battles.models[i] for i in group) for group in members)
        yield (
            f"No battle links these groups of models: ratings compare within a group only, each of mean 1000: {named}."
        )
    if found.infinite:
        yield (
            "Some model won, or lost, every battle against the others, or some set of models did: no finite rating "
            "fits best. Half a win was added to each side of every pair that met, so how far they are ahead or "
            "behind is a convention; that they are is not."
        )
    if (questions := len(np.unique(battles.question))) < FEW_QUESTIONS:
        unit = "questions" if battles.by_question else "battles"
        yield f"The intervals rest on {questions} {unit}; from fewer than {FEW_QUESTIONS} they are too narrow."


def _gaps(battles: Battles) -> Iterator[str]:
    if battles.by_question and battles.without_question:
        yield f"{battles.without_question} battles name no question; each is taken for a question of its own."
    if battles.categories and (left := int((battles.category < 0).sum())):
        yield f"{left} battles name no category; they count in the whole alone."

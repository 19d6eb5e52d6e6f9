"""All ratings that a file of battles allows, as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from math import isnan
from typing import Any

import numpy as np

from hackmentor.evaluate.ratings.battles import Battles, fold_pairs
from hackmentor.evaluate.ratings.elo import compute_elo
from hackmentor.evaluate.ratings.fitted_ratings import FittedRatings, fit_ratings
from hackmentor.evaluate.ratings.length_control import LengthControl, PointDifference, fit_length_control
from hackmentor.evaluate.ratings.position_effect import estimate_position_effect
from hackmentor.evaluate.ratings.win_rate import compute_win_rates

# Percentile intervals from fewer independent observations are too narrow.
MIN_QUESTIONS = 10


def compute_ratings(
    battles: Battles, *, reference: str | None, rounds: int, seed: int, bases: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Rates the models of a file of battles.

    Args:
        battles: the battles in the order of the file, which matters to Elo alone.
        reference: the model that win rates are against; without one they are over all battles of a model.
        rounds: how many times the battles are resampled for the intervals.
        seed: of the resampling.
        bases: of the models that are compared with one, raw and at equal length.

    Returns:
        `elo`, `bradley_terry`, `win_rate`, `predicted`: by model, the best first; `neighbours`: how far each model is
        ahead of the next; `pairs`: counts, each pair once; `position`; `categories`, where any are named: the same
        ratings for the battles of each; `length_control`, where lengths are known: those at equal length; `notes`:
        what must be known to read the numbers, in sentences.
    """
    fitted = fit_ratings(battles, rounds=rounds, seed=seed)
    summary: dict[str, Any] = {
        "battles": len(battles),
        "models": len(battles.models),
        "questions": len(np.unique(battles.question)) if battles.has_questions else None,
        "clusters": len(np.unique(battles.cluster)) if battles.has_clusters else None,
        "reference": reference,
        "rounds": rounds,
        "seed": seed,
        "elo": dict(sorted(compute_elo(battles).items(), key=lambda item: (-item[1], item[0]))),
        **_summarise_fit(battles, fitted, reference),
        "predicted": _tabulate_predictions(battles, fitted),
        "pairs": list(_tabulate_pairs(battles)),
        "position": asdict(estimate_position_effect(battles)),
    }
    if battles.categories:
        summary["categories"] = {
            name: _summarise_category(battles.select_category(index), reference, rounds, seed)
            for index, name in enumerate(battles.categories)
        }
    if (controlled := fit_length_control(battles)) is not None:
        summary["length_control"] = _summarise_length_control(battles, fitted, *controlled, bases or {})
    summary["notes"] = [*_note_fit_limits(battles, fitted), *_note_missing_fields(battles)]
    return summary


def _summarise_fit(battles: Battles, fitted: FittedRatings, reference: str | None) -> dict[str, Any]:
    low, high = fitted.compute_intervals()
    rates = compute_win_rates(battles, reference)
    ranked = _rank_models(battles, fitted)
    return {
        "bradley_terry": {
            battles.models[i]: {"rating": float(fitted.rating[i]), "low": float(low[i]), "high": float(high[i])}
            for i in ranked
        },
        "neighbours": list(_compare_neighbours(battles, fitted)),
        "win_rate": {name: asdict(rates[name]) for i in ranked if (name := battles.models[i]) in rates},
    }


def _summarise_category(battles: Battles, reference: str | None, rounds: int, seed: int) -> dict[str, Any]:
    fitted = fit_ratings(battles, rounds=rounds, seed=seed)
    rated = _summarise_fit(battles, fitted, reference)
    return {"battles": len(battles), **rated, "notes": list(_note_fit_limits(battles, fitted))}


def _summarise_length_control(
    battles: Battles, fitted: FittedRatings, control: LengthControl, effect: PointDifference, bases: Mapping[str, str]
) -> dict[str, Any]:
    """The ratings at equal length, by model in the order of the raw ones, and those compared with a base, both ways."""
    known = ~np.isnan(battles.length_difference)
    fought = set(np.concatenate([battles.first[known], battles.second[known]]).tolist())
    ratings = {}
    for index in (index for index in _rank_models(battles, fitted) if index in fought):
        rated = control.compute_rating(index)
        ratings[battles.models[index]] = {"rating": rated.difference, "low": rated.low, "high": rated.high}
    compared, places = [], {name: index for index, name in enumerate(battles.models)}
    for model, base in bases.items():
        if model in places and base in places and control.component[places[model]] == control.component[places[base]]:
            raw = PointDifference(*fitted.compute_difference(places[model], places[base]))
            equal = control.compute_difference(places[model], places[base])
            compared.append({"model": model, "base": base, "raw": asdict(raw), "controlled": asdict(equal)})
    return {
        "battles": int(known.sum()), "effect": asdict(effect), "bradley_terry": ratings, "compared": compared,
        "has_prior": control.has_prior,
    }  # fmt: skip


def _rank_models(battles: Battles, fitted: FittedRatings) -> list[int]:
    """Indices of the models, the best first, ties by name. Rounded, so that noise in the last digits doesn't decide."""
    return sorted(range(len(battles.models)), key=lambda i: (-round(float(fitted.rating[i]), 6), battles.models[i]))


def _compare_neighbours(battles: Battles, fitted: FittedRatings) -> Iterator[dict[str, Any]]:
    for component in np.unique(fitted.component):
        ranked = [i for i in _rank_models(battles, fitted) if fitted.component[i] == component]
        for better, worse in pairwise(ranked):
            difference, low, high = fitted.compute_difference(better, worse)
            yield {
                "better": battles.models[better],
                "worse": battles.models[worse],
                "difference": difference,
                "low": low,
                "high": high,
                "distinguishable": low > 0 or high < 0,
            }


def _tabulate_predictions(battles: Battles, fitted: FittedRatings) -> dict[str, dict[str, float | None]]:
    """The probability that the row's model beats the column's, a tie being half a win; None between components."""
    ranked = _rank_models(battles, fitted)
    return {
        battles.models[row]: {
            battles.models[column]: None
            if isnan(fitted.predicted_scores[row, column])
            else float(fitted.predicted_scores[row, column])
            for column in ranked
            if column != row
        }
        for row in ranked
    }


def _tabulate_pairs(battles: Battles) -> Iterator[dict[str, Any]]:
    pairs = fold_pairs(battles)
    for low, high, (wins_b, ties, wins_a) in zip(pairs.low, pairs.high, pairs.count_outcomes().tolist(), strict=True):
        model_a, model_b = battles.models[low], battles.models[high]
        yield {"model_a": model_a, "model_b": model_b, "wins_a": wins_a, "ties": ties, "wins_b": wins_b}


def _note_fit_limits(battles: Battles, fitted: FittedRatings) -> Iterator[str]:
    members = [np.flatnonzero(fitted.component == component) for component in np.unique(fitted.component)]
    if len(members) > 1:
        named = "; ".join(", ".join(battles.models[i] for i in component) for component in members)
        yield (
            f"No battle links these groups of models: ratings compare within a group only, each of mean 1000: {named}."
        )
    if fitted.is_unbounded:
        yield (
            "Some model won, or lost, every battle against the others, or some set of models did: no finite rating "
            "fits best. Half a win was added to each side of every pair that met, so how far they are ahead or "
            "behind is a convention; that they are is not."
        )
    if (units := len(np.unique(battles.cluster))) < MIN_QUESTIONS:
        unit = "questions" if battles.has_questions else "battles"
        unit = "clusters of questions" if battles.has_clusters else unit
        yield f"The intervals rest on {units} {unit}; from fewer than {MIN_QUESTIONS} they are too narrow."


def _note_missing_fields(battles: Battles) -> Iterator[str]:
    if battles.has_questions and battles.without_question:
        yield f"{battles.without_question} battles name no question; each is taken for a question of its own."
    if battles.categories and (left := int((battles.category < 0).sum())):
        yield f"{left} battles name no category; they count in the whole alone."

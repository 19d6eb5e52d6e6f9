"""A whole experiment as the page shows it: cells, leaderboard, battles, sampled answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.shaped_files import read_shaped
from hackmentor.evaluate.result_shapes import Ratings, VerdictContent
from hackmentor.grid.trial_cells import TrialCell
from hackmentor.review.cell_lineage import LineageStep, trace_lineage
from hackmentor.review.cell_report import CellReport, read_cell
from hackmentor.review.cell_spec import CellSpec
from hackmentor.review.config_diff import ConfigDiff, diff_configs, diff_trained_and_requested
from hackmentor.review.key_figures import KeyFigure, build_key_figures
from hackmentor.review.leaderboard import LeaderboardRow, build_leaderboard
from hackmentor.review.measure_details import (
    MeasureBreakdown,
    MeasureComparison,
    break_down_exams,
    compare_with_base,
    read_breakdowns,
)
from hackmentor.review.option_effects import OptionEffect, summarise_option_effects
from hackmentor.review.question_samples import SampledQuestion, sample_questions
from hackmentor.review.sample_battles import QuestionBattles, read_question_battles
from hackmentor.review.trial_rows import TrialRow, build_trial_rows

WinTieLoss = tuple[int, int, int]


@dataclass(frozen=True)
class Experiment:
    """All that is known of an experiment; `verdict` and `ratings` are empty where there is none.

    `pairs` has the wins, ties and losses of the first contestant against the second. `battles` are those over each
    sampled question, by its id. By cell: `config_diffs` sets it apart from the others, `config_changes` is where its
    folder holds another configuration than the request, `comparisons` and `breakdowns` are its measurements, whole and
    in parts. `trials` are the cells of a search. `hourly_price` is in US dollars.
    """

    name: str
    cells: Sequence[CellReport]
    rows: Sequence[LeaderboardRow]
    verdict: Mapping[str, Any]
    ratings: Mapping[str, Any]
    pairs: Mapping[tuple[str, str], WinTieLoss]
    config_diffs: Mapping[str, Sequence[ConfigDiff]]
    config_changes: Mapping[str, Sequence[ConfigDiff]]
    lineages: Mapping[str, Sequence[LineageStep]]
    comparisons: Mapping[str, Sequence[MeasureComparison]]
    breakdowns: Mapping[str, Sequence[MeasureBreakdown]]
    questions: Sequence[SampledQuestion]
    battles: Mapping[str, QuestionBattles]
    option_effects: Sequence[OptionEffect]
    key_figures: Sequence[KeyFigure]
    notes: Sequence[str]
    trials: Sequence[TrialRow] = ()
    hourly_price: float | None = None


def read_experiment(
    name: str,
    specs: Sequence[CellSpec],
    folder: Path,
    *,
    trials: Sequence[TrialCell] = (),
    hourly_price: float | None = None,
) -> Experiment:
    """Reads the folder of an experiment and those of its cells. Raises UserError, naming a file that can't be read."""
    cells = [read_cell(spec) for spec in specs]
    verdict = read_shaped(folder / "verdict.json", VerdictContent) or {}
    ratings = verdict.get("ratings") or read_shaped(folder / "ratings.json", Ratings) or {}
    rows = build_leaderboard(cells, verdict)
    questions, unreadable_answers = sample_questions({row.name: folder / row.name for row in rows})
    bases, ranking = {spec.name: spec.untuned for spec in specs}, [row.name for row in rows]
    question_ids = {question.id for question in questions}
    battles, unreadable_battles = read_question_battles(folder, question_ids, bases, ranking)
    notes = [f"{count} lines of the answers of {who} could not be read" for who, count in unreadable_answers.items()]
    notes += [f"{unreadable_battles} lines of battles.jsonl could not be read"] if unreadable_battles else []
    return Experiment(
        name,
        cells,
        rows,
        verdict,
        ratings,
        _mirror_pairs(ratings),
        diff_configs({cell.spec.name: cell.config for cell in cells}),
        {cell.spec.name: diff_trained_and_requested(cell.config, cell.spec.config) for cell in cells},
        {cell.spec.name: trace_lineage(cell, folder / "verdict.json") for cell in cells},
        {spec.name: compare_with_base(spec.name, verdict) for spec in specs},
        {
            spec.name: [
                *read_breakdowns(spec.folder.path, folder / spec.untuned),
                *break_down_exams(spec.name, verdict),
            ]
            for spec in specs
        },
        questions,
        battles,
        summarise_option_effects(cells, verdict),
        build_key_figures(cells, rows, verdict, hourly_price),
        [*verdict.get("notes", []), *ratings.get("notes", []), *notes, *_list_other_cells(folder, rows)],
        build_trial_rows(trials, cells),
        hourly_price,
    )


def _mirror_pairs(ratings: Mapping[str, Any]) -> dict[tuple[str, str], WinTieLoss]:
    """The results of each pair in both orders: the file holds one."""
    pairs = {}
    for pair in ratings.get("pairs", []):
        pairs[pair["model_a"], pair["model_b"]] = pair["wins_a"], pair["ties"], pair["wins_b"]
        pairs[pair["model_b"], pair["model_a"]] = pair["wins_b"], pair["ties"], pair["wins_a"]
    return pairs


def _list_other_cells(folder: Path, rows: Sequence[LeaderboardRow]) -> list[str]:
    """A note on cells in the folder that the request does not name, so that none is missed."""
    shown = {row.name for row in rows if row.kind != "other"}
    others = sorted(file.parent.name for file in folder.glob("*/config.yaml") if file.parent.name not in shown)
    return [f"in the folder but not asked for, so not shown: {', '.join(others)}"] if others else []

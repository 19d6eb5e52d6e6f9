"""Turns all results of an experiment into its verdict. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hackmentor.config.schema import Config
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.arena import ArenaResult
from hackmentor.evaluate.configurations import group_runs
from hackmentor.evaluate.contestants import ContestantSet
from hackmentor.evaluate.evaluation_items import EvaluationItems
from hackmentor.evaluate.exam.general_questions import load_general_questions
from hackmentor.evaluate.measurement import read_result
from hackmentor.evaluate.power_statement import find_margin
from hackmentor.evaluate.ratings.length_sentences import describe_length_control
from hackmentor.evaluate.training_contents import TrainingContents
from hackmentor.evaluate.verdict.degenerate_answers import describe_defects, measure_degenerate_answers
from hackmentor.evaluate.verdict.exam_splits import build_splits, describe_contents
from hackmentor.evaluate.verdict.exam_standings import build_standings
from hackmentor.evaluate.verdict.measures import ARENA, measure_accuracy, measure_loss, measure_win_rate
from hackmentor.evaluate.verdict.safety_measures import label_answers, measure_safety, note_unclear_answers
from hackmentor.evaluate.verdict.verdict import Verdict, build_verdict


def assemble_verdict(
    config: Config,
    contestants: ContestantSet,
    items: EvaluationItems,
    contents: Sequence[TrainingContents],
    answers: Mapping[str, Sequence[Answer]],
    arena: ArenaResult,
    notes: Sequence[str],
) -> Verdict:
    """Reads what was measured, and compares it; `config` has the settings of the evaluation."""
    bases = {contestant.name: contestant.config.untuned for contestant in contestants.contestants if contestant.tuned}
    results = {
        measurement.name: {
            contestant.name: read_result(contestant, measurement) or {} for contestant in contestants.contestants
        }
        for measurement in items.measurements
    }
    measures = [*measure_loss(results["held_out"], bases, items.record_entries)]
    if arena.battles:
        measures.insert(0, measure_win_rate(arena.battles, bases))
    general_ids = {question.id for question in load_general_questions()}
    measures += measure_accuracy(results["exam"], general_ids, bases, items.question_entries)
    questions = items.questions
    labels = label_answers(questions.harmful, questions.legitimate, questions.injections, answers)
    measures += measure_safety(labels, bases)
    if degenerate := measure_degenerate_answers(questions.judged, answers, bases):
        measures.append(degenerate)
    standings = list(build_standings(items.exams, answers, results))
    measures += [standing.build_measure(bases) for standing in standings if standing.marked]
    names = [contestant.name for contestant in contestants.all_contestants]
    cells = {contestant.name: contestant.config for contestant in contestants.contestants if contestant.tuned}
    return build_verdict(
        config.experiment,
        [replace(measure, margin=find_margin(measure.name, config.evaluate.margins)) for measure in measures],
        bases,
        decide_by=ARENA if arena.battles else measures[0].name,
        ratings=arena.ratings,
        judge={
            "name": arena.judge,
            "battles": len(arena.battles),
            "skipped": dict(arena.skipped),
            "cost": arena.cost,
        },
        notes=[
            *notes,
            *(f"judges: {agreement.describe()}" for agreement in arena.agreements),
            *describe_length_control(arena.ratings),
            *note_unclear_answers(labels),
            *describe_defects(questions.judged, answers),
            *describe_contents(contents, standings, names),
        ],
        agreements=arena.agreements,
        seed=config.sampling_seed,
        exams=standings,
        exam_splits=list(build_splits(standings, contents, bases, config.sampling_seed)),
        configurations=group_runs(cells),
        primary=config.evaluate.primary,
    )

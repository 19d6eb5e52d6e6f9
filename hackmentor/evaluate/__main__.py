"""hackmentor evaluate: which cell is best, by how much, and what tuning cost."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.arena import ArenaResult, run_arena
from hackmentor.evaluate.contestants import Contestant, ContestantSet, find_contestants
from hackmentor.evaluate.exam.general_questions import load_general_questions
from hackmentor.evaluate.guests import ask_guest, describe_unanswered
from hackmentor.evaluate.judge.build_judge import build_judge
from hackmentor.evaluate.measurement import HeldOutMeasurement, Measurement, read_result
from hackmentor.evaluate.public_exam_measurement import build_exam_measurements
from hackmentor.evaluate.public_exams import PublicExam, load_public_exams
from hackmentor.evaluate.question_sets import EvaluationQuestions, build_exam_measurement, load_questions
from hackmentor.evaluate.task_exams import load_task_exams
from hackmentor.evaluate.tracking.runs import track_contestants, track_verdict
from hackmentor.evaluate.training_contents import TrainingContents, find_training_contents
from hackmentor.evaluate.verdict.exam_splits import OVERLAPS_FILE, build_splits, describe_contents
from hackmentor.evaluate.verdict.exam_standings import build_standings
from hackmentor.evaluate.verdict.measures import ARENA, measure_accuracy, measure_loss, measure_win_rate
from hackmentor.evaluate.verdict.safety_measures import label_answers, measure_safety, note_unclear_answers
from hackmentor.evaluate.verdict.tables import print_answers, print_results_path, print_verdict, verdict_to_markdown
from hackmentor.evaluate.verdict.verdict import Verdict, build_verdict
from hackmentor.model.base import find_base_folder
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.records.record import Record, read_records
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json, write_text
from hackmentor.runtime.heavy_imports import gc_paused_for_imports
from hackmentor.runtime.lock import lock_held
from hackmentor.runtime.signals import sigterm_raises_exit
from hackmentor.track.tracked_run import check_tracker, tracked_run
from hackmentor.track.tracker import Tracker


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run_command("evaluate", argv, evaluate)


def evaluate(request: CommandRequest) -> int:
    """Measures, generates and judges what is still missing, and writes verdict.json and verdict.md."""
    with hydra_initialized(request) as hydra:
        configs = [cell.config for cell in compose_grid(hydra, request).cells]
    config, contestants = configs[0], find_contestants(configs)
    if not contestants.contestants:
        raise UserError(
            f"no cell of {config.experiment} is trained yet; run `hackmentor train` with the same arguments"
        )
    folder = get_cell_folder(config).path.parent
    check_tracker(config)
    exams = [*load_public_exams(config.evaluate, config.seed), *load_task_exams(configs)]
    with (
        lock_held(folder / "evaluate.lock", "evaluated", "give this one another paths.outputs=FOLDER with a copy"),
        sigterm_raises_exit(),
        tracked_run(config, job_type="evaluate", name=config.experiment) as tracker,
    ):
        _evaluate(configs, contestants, exams, folder, tracker)
    return 0


def _evaluate(
    configs: Sequence[Config],
    contestants: ContestantSet,
    exams: Sequence[PublicExam],
    folder: Path,
    tracker: Tracker,
) -> None:
    config = configs[0]
    held_out = {config.data.shape: _sample_held_out(config) for config in configs}
    questions, (exam, excluded_count) = load_questions(config, held_out, exams), build_exam_measurement(configs)
    measurements: list[Measurement] = [HeldOutMeasurement(held_out, config.evaluate.cutoff), exam]
    measurements += build_exam_measurements(exams, batch_size=config.evaluate.exam.batch_size, seed=config.seed)
    judge = build_judge(config, folder)
    _measure(contestants, measurements, questions, config.evaluate.batch_tokens)
    notes = [f"not trained, so not compared: {name}" for name in contestants.untrained]
    if excluded_count:
        notes.append(f"exam: {excluded_count} questions left out, as training records are about them")
    for guest in contestants.guests:
        if failed := ask_guest(guest, questions.all_questions, retry=config.evaluate.retry == "failed"):
            count = sum(map(len, failed.values()))
            plural = "s" if count > 1 else ""
            notes.append(f"{guest.name} left {count} question{plural} without an answer")
            notes.append(f"{guest.name}, why: {describe_unanswered(failed)}")
    answers = {
        contestant.name: contestant.answer_log.rewrite(questions.all_questions)
        for contestant in contestants.all_contestants
    }
    arena = run_arena(judge, questions.judged, answers, folder, seed=config.seed)
    notes += [f"judging took {arena.cost}"] if arena.cost else []
    contents = find_training_contents({one.name: one.config for one in contestants.contestants if one.tuned}, exams)
    verdict = _build_verdict(config, contestants, measurements, questions, exams, contents, answers, arena, notes)
    _write_verdict(verdict, contents, folder)
    track_contestants(contestants, verdict, answers, config)
    track_verdict(tracker, verdict, answers, folder)
    print_answers(answers, config.evaluate.shown)
    print_verdict(verdict)
    print_results_path(folder / "verdict.md")


def _sample_held_out(config: Config) -> list[Record]:
    return sample_evenly(read_records(locate_dataset(config).held_out), config.evaluate.records, config.seed)


def _measure(
    contestants: ContestantSet, measurements: Sequence[Measurement], questions: EvaluationQuestions, batch_tokens: int
) -> None:
    by_base: dict[tuple[Path, str], list[Contestant]] = {}
    for contestant in contestants.contestants:
        answer_log = contestant.answer_log
        if any(read_result(contestant, measurement) is None for measurement in measurements) or any(
            answer_log.get(question) is None for question in questions.all_questions
        ):
            key = find_base_folder(contestant.config), contestant.config.quant.name
            by_base.setdefault(key, []).append(contestant)
    if by_base:
        with gc_paused_for_imports():
            from hackmentor.evaluate.measure_contestants import measure_contestants

        for same_base in by_base.values():
            measure_contestants(same_base, measurements, questions.all_questions, batch_tokens=batch_tokens)


def _build_verdict(
    config: Config,
    contestants: ContestantSet,
    measurements: Sequence[Measurement],
    questions: EvaluationQuestions,
    exams: Sequence[PublicExam],
    contents: Sequence[TrainingContents],
    answers: Mapping[str, Sequence[Answer]],
    arena: ArenaResult,
    notes: Sequence[str],
) -> Verdict:
    bases = {contestant.name: contestant.config.untuned for contestant in contestants.contestants if contestant.tuned}
    results = {
        measurement.name: {
            contestant.name: read_result(contestant, measurement) or {} for contestant in contestants.contestants
        }
        for measurement in measurements
    }
    measures = [*measure_loss(results["held_out"], bases)]
    if arena.battles:
        measures.insert(0, measure_win_rate(arena.battles, bases))
    measures += measure_accuracy(results["exam"], {question.id for question in load_general_questions()}, bases)
    labels = label_answers(questions.harmful, questions.legitimate, questions.injections, answers)
    measures += measure_safety(labels, bases)
    standings = list(build_standings(exams, answers, results))
    measures += [standing.build_measure(bases) for standing in standings if standing.marked]
    names = [contestant.name for contestant in contestants.all_contestants]
    notes = [*notes, *note_unclear_answers(labels), *describe_contents(contents, standings, names)]
    return build_verdict(
        config.experiment,
        measures,
        bases,
        decide_by=ARENA if arena.battles else measures[0].name,
        ratings=arena.ratings,
        judge={
            "name": arena.judge,
            "battles": len(arena.battles),
            "skipped": dict(arena.skipped),
            "cost": arena.cost,
        },
        notes=notes,
        seed=config.seed,
        exams=standings,
        exam_splits=list(build_splits(standings, contents, bases, config.seed)),
    )


def _write_verdict(verdict: Verdict, contents: Sequence[TrainingContents], folder: Path) -> None:
    if contents:
        write_json(folder / OVERLAPS_FILE, {"training_sets": [known.to_json() for known in contents]})
    write_json(folder / "verdict.json", verdict.to_json())
    write_text(folder / "verdict.md", verdict_to_markdown(verdict))


if __name__ == "__main__":
    sys.exit(main())

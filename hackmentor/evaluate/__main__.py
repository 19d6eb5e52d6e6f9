"""hackmentor evaluate: which cell is best, by how much, and what tuning cost."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.evaluate.arena import run_arena
from hackmentor.evaluate.assemble_verdict import assemble_verdict
from hackmentor.evaluate.configurations import group_runs
from hackmentor.evaluate.contestants import Contestant, ContestantSet, find_contestants
from hackmentor.evaluate.evaluation_items import EvaluationItems, load_evaluation_items
from hackmentor.evaluate.guests import ask_guest, describe_unanswered
from hackmentor.evaluate.judge.build_judge import build_judge
from hackmentor.evaluate.measurement import read_result
from hackmentor.evaluate.power_statement import compute_evaluation_power
from hackmentor.evaluate.public_exams import PublicExam, load_public_exams
from hackmentor.evaluate.tracking.runs import track_contestants, track_verdict
from hackmentor.evaluate.training_contents import TrainingContents, find_training_contents
from hackmentor.evaluate.verdict.exam_splits import OVERLAPS_FILE
from hackmentor.evaluate.verdict.tables import (
    print_answers,
    print_power,
    print_results_path,
    print_verdict,
    verdict_to_markdown,
)
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.model.base import find_base_folder
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
    exams = load_public_exams(config.evaluate, config.sampling_seed)
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
    config, items = configs[0], load_evaluation_items(configs, exams)
    questions = items.questions
    items.check_primary(config.evaluate.primary)
    judge = build_judge(config, folder)
    cells = {contestant.name: contestant.config for contestant in contestants.contestants if contestant.tuned}
    print_power(compute_evaluation_power(items.list_sizes(), config.evaluate, group_runs(cells)).describe())
    _measure(contestants, items, config.evaluate.batch_tokens)
    notes = [f"not trained, so not compared: {name}" for name in contestants.untrained]
    if items.excluded_count:
        notes.append(f"exam: {items.excluded_count} questions left out, as training records are about them")
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
    bases = {name: cell.untuned for name, cell in cells.items()}
    arena = run_arena(judge, questions.judged, answers, folder, bases=bases, seed=config.sampling_seed)
    notes += [f"judging took {arena.cost}"] if arena.cost else []
    contents = find_training_contents(cells, exams)
    verdict = assemble_verdict(config, contestants, items, contents, answers, arena, notes)
    _write_verdict(verdict, contents, folder)
    track_contestants(contestants, verdict, answers, config)
    track_verdict(tracker, verdict, answers, folder)
    print_answers(answers, config.evaluate.shown)
    print_verdict(verdict)
    print_results_path(folder / "verdict.md")


def _measure(contestants: ContestantSet, items: EvaluationItems, batch_tokens: int) -> None:
    measurements, questions = items.measurements, items.questions.all_questions
    by_base: dict[tuple[Path, str], list[Contestant]] = {}
    for contestant in contestants.contestants:
        answer_log = contestant.answer_log
        if any(read_result(contestant, measurement) is None for measurement in measurements) or any(
            answer_log.get(question) is None for question in questions
        ):
            key = find_base_folder(contestant.config), contestant.config.quant.name
            by_base.setdefault(key, []).append(contestant)
    if by_base:
        with gc_paused_for_imports():
            from hackmentor.evaluate.measure_contestants import measure_contestants

        for same_base in by_base.values():
            measure_contestants(same_base, measurements, questions, batch_tokens=batch_tokens)


def _write_verdict(verdict: Verdict, contents: Sequence[TrainingContents], folder: Path) -> None:
    if contents:
        write_json(folder / OVERLAPS_FILE, {"training_sets": [known.to_json() for known in contents]})
    write_json(folder / "verdict.json", verdict.to_json())
    write_text(folder / "verdict.md", verdict_to_markdown(verdict))


if __name__ == "__main__":
    sys.exit(main())

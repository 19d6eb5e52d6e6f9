"""hackmentor evaluate: which cell is best, by how much, and what tuning cost."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hackmentor.cell.folder import cell_folder
from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_grid, opened
from hackmentor.config.schema import Config
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.arena import Arena, fight
from hackmentor.evaluate.contestants import Contestant, Field, gather
from hackmentor.evaluate.exam.general_questions import load_general
from hackmentor.evaluate.guests import ask_guest
from hackmentor.evaluate.judge.build_judge import choose_judge
from hackmentor.evaluate.measurement import HeldOut, Measurement, figures_of
from hackmentor.evaluate.question_sets import Asked, asked, exam_of
from hackmentor.evaluate.tracking.runs import track_contestants, track_verdict
from hackmentor.evaluate.verdict.measures import ARENA, arena, exams, losses
from hackmentor.evaluate.verdict.safety_measures import labelled, request_measures, unclear
from hackmentor.evaluate.verdict.tables import show, show_answers, to_markdown, written
from hackmentor.evaluate.verdict.verdict import Verdict, reach
from hackmentor.model.base import base_folder
from hackmentor.records.dataset_folder import data_folder
from hackmentor.records.record import Record, read_records
from hackmentor.records.sample import even_sample
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json, write_text
from hackmentor.runtime.heavy_imports import heavy_imports
from hackmentor.runtime.lock import locked
from hackmentor.runtime.signals import closed_on_sigterm
from hackmentor.track.tracked_run import check_tracker, tracked
from hackmentor.track.tracker import Tracker


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("evaluate", argv, evaluate)


def evaluate(request: Request) -> int:
    """Measures, asks and judges what has not been yet, and writes verdict.json and verdict.md."""
    with opened(request) as hydra:
        configs = [cell.config for cell in compose_grid(hydra, request).cells]
    config, field = configs[0], gather(configs)
    if not field.contestants:
        raise UserError(f"no cell of {config.experiment} is trained yet; run `hackmentor train` with the same words")
    folder = cell_folder(config).path.parent
    check_tracker(config)
    with (
        locked(folder / "evaluate.lock", "evaluated", "give this one another paths.outputs=FOLDER with a copy"),
        closed_on_sigterm(),
        tracked(config, job="evaluate", name=config.experiment) as tracker,
    ):
        _evaluate(configs, field, folder, tracker)
    return 0


def _evaluate(configs: Sequence[Config], field: Field, folder: Path, tracker: Tracker) -> None:
    config = configs[0]
    held_out = {config.data.shape: _held_out(config) for config in configs}
    questions, (exam, known) = asked(config, held_out), exam_of(configs)
    measurements: list[Measurement] = [HeldOut(held_out, config.evaluate.cutoff), exam]
    judge = choose_judge(config, folder)
    _measure(field, measurements, questions, config.evaluate.batch_tokens)
    notes = [f"not trained, so not compared: {name}" for name in field.missing]
    notes += [f"exam: {known} questions left out, as training records are about them"] if known else []
    for guest in field.guests:
        if failed := ask_guest(guest, questions.questions):
            notes.append(f"{guest.name} left {len(failed)} question{'s' if len(failed) > 1 else ''} without an answer")
    answers = {one.name: one.book.settle(questions.questions) for one in field.everyone}
    arena_of = fight(judge, questions.judged, answers, folder, seed=config.seed)
    notes += [f"judging took {arena_of.cost}"] if arena_of.cost else []
    verdict = _verdict(config, field, measurements, questions, answers, arena_of, notes)
    _write(verdict, folder)
    track_contestants(field, verdict, answers, config)
    track_verdict(tracker, verdict, answers, folder)
    show_answers(answers, config.evaluate.shown)
    show(verdict)
    written(folder / "verdict.md")


def _held_out(config: Config) -> list[Record]:
    return even_sample(read_records(data_folder(config).held_out), config.evaluate.records, config.seed)


def _measure(field: Field, measurements: Sequence[Measurement], questions: Asked, batch_tokens: int) -> None:
    todo: dict[tuple[Path, str], list[Contestant]] = {}
    for contestant in field.contestants:
        book = contestant.book
        if any(figures_of(contestant, one) is None for one in measurements) or any(
            book.get(question) is None for question in questions.questions
        ):
            key = base_folder(contestant.config), contestant.config.quant.name
            todo.setdefault(key, []).append(contestant)
    if todo:
        with heavy_imports():
            from hackmentor.evaluate.measure_contestants import measure

        for contestants in todo.values():
            measure(contestants, measurements, questions.questions, batch_tokens=batch_tokens)


def _verdict(
    config: Config,
    field: Field,
    measurements: Sequence[Measurement],
    questions: Asked,
    answers: Mapping[str, Sequence[Answer]],
    arena_of: Arena,
    notes: Sequence[str],
) -> Verdict:
    bases = {one.name: one.config.untuned for one in field.contestants if one.tuned}
    taken = {m.name: {one.name: figures_of(one, m) or {} for one in field.contestants} for m in measurements}
    measures = [*losses(taken["held_out"], bases)]
    if arena_of.battles:
        measures.insert(0, arena(arena_of.battles, bases))
    measures += exams(taken["exam"], {one.id for one in load_general()}, bases)
    labels = labelled(questions.harmful, questions.legitimate, questions.injected, answers)
    measures += request_measures(labels, bases)
    return reach(
        config.experiment,
        measures,
        bases,
        decide_by=ARENA if arena_of.battles else measures[0].name,
        ratings=arena_of.ratings,
        judge={
            "name": arena_of.judge,
            "battles": len(arena_of.battles),
            "skipped": dict(arena_of.skipped),
            "cost": arena_of.cost,
        },
        notes=[*notes, *unclear(labels)],
        seed=config.seed,
    )


def _write(verdict: Verdict, folder: Path) -> None:
    write_json(folder / "verdict.json", verdict.to_json())
    write_text(folder / "verdict.md", to_markdown(verdict))


if __name__ == "__main__":
    sys.exit(main())

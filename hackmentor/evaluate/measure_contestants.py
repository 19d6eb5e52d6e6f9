"""Measures contestants: loads each base once, puts one adapter after the other on it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.progress import Progress
from transformers import PreTrainedModel

from hackmentor.evaluate.contestants import Contestant
from hackmentor.evaluate.generate import answer_all
from hackmentor.evaluate.loaded_model import Examinee, load, seated
from hackmentor.evaluate.measurement import Measurement, figures_of, keep_figures
from hackmentor.evaluate.question import Question
from hackmentor.model.cpu.dequantise import dequantised_once
from hackmentor.runtime.terminal import progress_bars


def measure(
    contestants: Sequence[Contestant],
    measurements: Sequence[Measurement],
    questions: Sequence[Question],
    *,
    batch_tokens: int,
) -> None:
    """Takes the figures and answers of each contestant that are not there yet. All must share one base."""
    base = load(contestants[0].config)
    with dequantised_once(base, evaluating=True):
        _measure_all(base, contestants, measurements, questions, batch_tokens)


def _measure_all(
    base: PreTrainedModel,
    contestants: Sequence[Contestant],
    measurements: Sequence[Measurement],
    questions: Sequence[Question],
    batch_tokens: int,
) -> None:
    for contestant in contestants:
        with seated(base, contestant) as examinee, progress_bars() as progress:
            for measurement in measurements:
                if figures_of(contestant, measurement) is None:
                    progress.console.print(f"{contestant.name}: {measurement.name.replace('_', ' ')}")
                    keep_figures(contestant, measurement, measurement.measure(examinee))
            _answer(examinee, questions, batch_tokens, progress)


def _answer(examinee: Examinee, questions: Sequence[Question], batch_tokens: int, progress: Progress) -> None:
    book = examinee.contestant.book
    answered = sum(book.get(question) is not None for question in questions)
    bar = progress.add_task(f"{examinee.contestant.name}: answers", total=len(questions), completed=answered)
    answer_all(
        examinee.model,
        examinee.template,
        questions,
        book,
        batch_tokens=batch_tokens,
        advance=lambda number: progress.advance(bar, number),
    )

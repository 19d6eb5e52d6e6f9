"""Measures contestants that share a base: it is loaded once, and their adapters are applied in turn."""

from __future__ import annotations

from collections.abc import Sequence

from rich.progress import Progress
from transformers import PreTrainedModel

from hackmentor.evaluate.contestants import Contestant
from hackmentor.evaluate.generate import generate_answers
from hackmentor.evaluate.loaded_model import LoadedModel, adapter_applied, load_cell_base
from hackmentor.evaluate.measurement import Measurement, read_result, write_result
from hackmentor.evaluate.question import Question
from hackmentor.model.optimise import optimised_for_inference
from hackmentor.runtime.progress_bars import create_progress_bars


def measure_contestants(
    contestants: Sequence[Contestant],
    measurements: Sequence[Measurement],
    questions: Sequence[Question],
    *,
    batch_tokens: int,
) -> None:
    """Measures and generates what each contestant still lacks. All must share one base."""
    base = load_cell_base(contestants[0].config)
    with optimised_for_inference(base):
        _measure_on_base(base, contestants, measurements, questions, batch_tokens)


def _measure_on_base(
    base: PreTrainedModel,
    contestants: Sequence[Contestant],
    measurements: Sequence[Measurement],
    questions: Sequence[Question],
    batch_tokens: int,
) -> None:
    for contestant in contestants:
        with adapter_applied(base, contestant) as loaded, create_progress_bars() as progress:
            for measurement in measurements:
                if read_result(contestant, measurement) is None:
                    progress.console.print(f"{contestant.name}: {measurement.name.replace('_', ' ')}")
                    write_result(contestant, measurement, measurement.measure(loaded))
            _generate_missing_answers(loaded, questions, batch_tokens, progress)


def _generate_missing_answers(
    loaded: LoadedModel, questions: Sequence[Question], batch_tokens: int, progress: Progress
) -> None:
    answer_log = loaded.contestant.answer_log
    answered = sum(answer_log.get(question) is not None for question in questions)
    bar = progress.add_task(f"{loaded.contestant.name}: answers", total=len(questions), completed=answered)
    generate_answers(
        loaded.model,
        loaded.get_template,
        questions,
        answer_log,
        batch_tokens=batch_tokens,
        on_progress=lambda count: progress.advance(bar, count),
    )

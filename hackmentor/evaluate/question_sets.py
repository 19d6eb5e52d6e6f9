"""Everything that the contestants of an experiment are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hackmentor.config.schema import Config, Shape
from hackmentor.evaluate.exam.build_exam import build_exam, sample_questions
from hackmentor.evaluate.exam.exam_question import unknown
from hackmentor.evaluate.exam.general_questions import load_general
from hackmentor.evaluate.measurement import Exam
from hackmentor.evaluate.question import Question, own_questions, questions_of
from hackmentor.evaluate.safety.balanced_sample import sample
from hackmentor.evaluate.safety.prompts import Injection, Prompt, load_harmful, load_injections, load_legitimate
from hackmentor.records.dataset_folder import data_folder
from hackmentor.records.record import Record, iterate_records


@dataclass(frozen=True)
class Asked:
    """The questions that are judged, and the requests that show what tuning cost."""

    judged: Sequence[Question]
    harmful: Sequence[Prompt]
    legitimate: Sequence[Prompt]
    injected: Sequence[Injection]
    safety_tokens: int

    @property
    def questions(self) -> list[Question]:
        """All of it."""
        return [*self.judged, *self._requests()]

    def _requests(self) -> Iterator[Question]:
        sets: Mapping[str, Sequence[Prompt | Injection]] = {
            "harmful": self.harmful, "legitimate": self.legitimate, "injection": self.injected,
        }  # fmt: skip
        for name, prompts in sets.items():
            for one in prompts:
                message = {"role": "user", "content": one.prompt}
                yield Question(one.id, name, "iio", one.category, (message,), "", self.safety_tokens)  # type: ignore[arg-type]


def asked(config: Config, held_out: Mapping[Shape, Sequence[Record]]) -> Asked:
    """The questions of an experiment: of each shape of held-out data, of the user's files, and the safety requests.

    Raises:
        UserError: if a file of the user can't be read.
    """
    settings = config.evaluate
    judged = [
        question
        for shape, records in held_out.items()
        for question in questions_of(records[: settings.questions], str(shape), settings.max_new_tokens)
    ]
    judged += own_questions(settings.files, settings.max_new_tokens)
    harmful, legitimate, injected = (
        sample(items, settings.safety.prompts, config.seed)
        for items in (load_harmful(), load_legitimate(), load_injections())
    )
    return Asked(judged, harmful, legitimate, injected, settings.safety.max_new_tokens)  # type: ignore[arg-type]


def exam_of(configs: Sequence[Config]) -> tuple[Exam, int]:
    """The exam of an experiment, and how many of its questions were left out: training records are about them."""
    config = configs[0]
    settings, seed = config.evaluate.exam, config.seed
    whole = build_exam(seed=seed, eval_fraction=config.data.eval_fraction).questions
    files = {data_folder(one).train for one in configs}
    questions = unknown(whole, {record.upstream_id for file in files for record in iterate_records(file)})
    most = len(questions) if settings.questions is None else settings.questions
    asked_ones = sample_questions(questions, most, seed)
    general = sample(load_general(), settings.general, seed)
    exam = Exam(asked_ones, general, settings.tasks, settings.limit, settings.form, settings.batch_size, seed)
    return exam, len(whole) - len(questions)

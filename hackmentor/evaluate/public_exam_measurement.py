"""A published exam of options by log-likelihood."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from hackmentor.evaluate.exam.exam_question import LETTER_INSTRUCTION, ExamQuestion
from hackmentor.evaluate.public_exams import Form, PublicExam
from hackmentor.evaluate.result_shapes import Exam
from hackmentor.exams.choice_task import list_options
from hackmentor.exams.item import LETTERS, ExamItem

if TYPE_CHECKING:
    from hackmentor.evaluate.loaded_model import LoadedModel


@dataclass(frozen=True)
class PublicExamMeasurement:
    """A measurement of `hackmentor.evaluate.measurement`; its result has one task."""

    name: str
    questions: Sequence[ExamQuestion]
    form: Form
    batch_size: int
    seed: int
    shape: type = Exam

    @property
    def fingerprint_fields(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """The questions by their content, and how they are put."""
        content = json.dumps([asdict(question) for question in self.questions], sort_keys=True)
        return [hashlib.sha256(content.encode()).hexdigest(), self.form, self.seed, version("lm-eval")]

    def measure(self, loaded: LoadedModel) -> dict[str, Any]:
        """The accuracy, and each answer."""
        from hackmentor.evaluate.exam.run_exam import run_exam

        template = loaded.get_template(loaded.contestant.config.data.shape)
        return run_exam(
            loaded.model, template, self.questions, form=self.form, batch_size=self.batch_size, seed=self.seed
        ).to_json()


def build_exam_measurements(exams: Sequence[PublicExam], *, batch_size: int, seed: int) -> list[PublicExamMeasurement]:
    """The measurements of those exams whose options are scored."""
    measurements = []
    for exam in exams:
        if exam.form:
            questions = [_build_question(exam, exam.form, item) for item in exam.items]
            measurements.append(PublicExamMeasurement(f"exam-{exam.name}", questions, exam.form, batch_size, seed))
    return measurements


def _build_question(exam: PublicExam, form: Form, item: ExamItem) -> ExamQuestion:
    """The question after the exam's examples, each as it is put itself."""
    shown = [
        "\n".join([one.question, list_options(one.options), LETTER_INSTRUCTION, one.key])
        if form == "letters"
        else f"{one.question}\n{one.answer_text}"
        for one in exam.examples
    ]
    text = "\n\n".join([*shown, item.question])
    return ExamQuestion(item.id, exam.name, text, item.options, LETTERS.index(item.key), item.entries)

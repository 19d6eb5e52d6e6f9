"""Everything that the contestants of an experiment are asked: questions, safety requests and the exam."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hackmentor.config.schema import Config, Shape
from hackmentor.evaluate.exam.build_exam import build_exam, sample_questions
from hackmentor.evaluate.exam.exam_question import exclude_trained
from hackmentor.evaluate.exam.general_questions import load_general_questions
from hackmentor.evaluate.measurement import ExamMeasurement
from hackmentor.evaluate.public_exams import PublicExam
from hackmentor.evaluate.question import Question, questions_from_records, read_user_questions
from hackmentor.evaluate.safety.balanced_sample import sample_balanced
from hackmentor.evaluate.safety.prompts import Injection, SafetyPrompt, load_harmful, load_injections, load_legitimate
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.records.record import Record, iter_records


@dataclass(frozen=True)
class EvaluationQuestions:
    """The questions whose answers are judged, and the safety requests, answered in up to `safety_max_tokens` tokens."""

    judged: Sequence[Question]
    harmful: Sequence[SafetyPrompt]
    legitimate: Sequence[SafetyPrompt]
    injections: Sequence[Injection]
    safety_max_tokens: int
    exam_items: Sequence[Question] = ()

    @property
    def all_questions(self) -> list[Question]:
        """The judged questions, the safety requests and the items of published exams."""
        return [*self.judged, *self._safety_questions(), *self.exam_items]

    def get_requests(self, set_name: str) -> Sequence[SafetyPrompt | Injection]:
        """The requests of a set: harmful, legitimate or injection."""
        sets: Mapping[str, Sequence[SafetyPrompt | Injection]] = {
            "harmful": self.harmful, "legitimate": self.legitimate, "injection": self.injections,
        }  # fmt: skip
        return sets[set_name]

    def _safety_questions(self) -> Iterator[Question]:
        for name in ("harmful", "legitimate", "injection"):
            for prompt in self.get_requests(name):
                message = {"role": "user", "content": prompt.prompt}
                yield Question(prompt.id, name, "iio", prompt.category, (message,), "", self.safety_max_tokens)  # type: ignore[arg-type]


def load_questions(
    config: Config, held_out: Mapping[Shape, Sequence[Record]], exams: Sequence[PublicExam] = ()
) -> EvaluationQuestions:
    """Loads the questions of an experiment: held-out data of each shape, the user's files, safety sets and exams.

    Raises:
        UserError: if one of the user's files can't be read.
    """
    settings = config.evaluate
    judged = [
        question
        for shape, records in held_out.items()
        for question in questions_from_records(records[: settings.questions], str(shape), settings.max_new_tokens)
    ]
    judged += read_user_questions(settings.files, settings.max_new_tokens)
    harmful, legitimate, injections = (
        sample_balanced(items, settings.safety.prompts, config.sampling_seed)
        for items in (load_harmful(), load_legitimate(), load_injections())
    )
    items = [item for exam in exams for item in exam.build_questions(settings.exams_max_new_tokens)]
    return EvaluationQuestions(judged, harmful, legitimate, injections, settings.safety.max_new_tokens, items)  # type: ignore[arg-type]


def build_exam_measurement(configs: Sequence[Config]) -> tuple[ExamMeasurement, int]:
    """The exam of an experiment, and how many questions it leaves out because training records are about them."""
    config = configs[0]
    settings, seed = config.evaluate.exam, config.sampling_seed
    all_questions = build_exam(seed=seed, eval_fraction=config.data.eval_fraction).questions
    files = {locate_dataset(cell_config).train for cell_config in configs}
    questions = exclude_trained(all_questions, {record.upstream_id for file in files for record in iter_records(file)})
    max_questions = len(questions) if settings.questions is None else settings.questions
    sampled = sample_questions(questions, max_questions, seed)
    general = sample_balanced(load_general_questions(), settings.general, seed)
    exam = ExamMeasurement(sampled, general, settings.tasks, settings.limit, settings.form, settings.batch_size, seed)
    return exam, len(all_questions) - len(questions)

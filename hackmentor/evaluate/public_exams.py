"""The published exams of an experiment: which items are asked, and in which way. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hackmentor.config.schema import EvaluateSettings
from hackmentor.evaluate.question import BUILT_IN_SETS, Question
from hackmentor.exams.choice_task import ChoiceTask, SeveralChoicesTask
from hackmentor.exams.exam_file import ExamFile
from hackmentor.exams.item import ExamItem
from hackmentor.exams.own_questions import OwnQuestions
from hackmentor.exams.task import ExamTask
from hackmentor.exams.tasks import FoundExam, find_exams
from hackmentor.records.message import Message
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.errors import UserError

KEY = "evaluate.exams"
DEVIATION = "deviation "
"""What the names of measures begin with that are no shares."""
Form = Literal["cloze", "letters"]


@dataclass(frozen=True)
class PublicExam:
    """An exam as an experiment asks it.

    `form` is that of log-likelihood; None where answers are generated, and `samples` are drawn at a `temperature` if
    there are several. `examples` are shown with their answers before each item, and are not among `items`.
    """

    name: str
    task: ExamTask
    file: ExamFile
    items: tuple[ExamItem, ...]
    form: Form | None
    samples: int = 1
    temperature: float = 0.0
    examples: tuple[ExamItem, ...] = ()

    @property
    def measure_name(self) -> str:
        """The name of its measure in the verdict."""
        return f"{DEVIATION}{self.name}" if self.task.measure == "mean deviation" else self.name

    @property
    def way(self) -> str:
        """How it is asked, in words."""
        count = len(self.examples)
        shown = f", after {count} example{'s' if count > 1 else ''}" if count else ""
        if self.form:
            return f"{self.form} by log-likelihood{shown}"
        drawn = f"{self.samples} answers each at temperature {self.temperature:g}"
        return f"{'generated' if self.samples == 1 else drawn}{shown}"

    def build_questions(self, max_tokens: int) -> list[Question]:
        """What is generated; none where options are scored."""
        samples = range(0 if self.form else self.samples)
        return [self._build_question(item, max_tokens, sample) for item in self.items for sample in samples]

    def name_samples(self, item: ExamItem) -> list[str]:
        """The ids of the questions that ask an item."""
        return [item.id] if self.samples == 1 else [f"{item.id}~{sample}" for sample in range(self.samples)]

    def _build_examples(self) -> list[Message]:
        texts = [(one.prompt, self.task.answer_form.format(key=one.key)) for one in self.examples]
        return [
            {"role": role, "content": text}
            for pair in texts
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ]

    def _build_question(self, item: ExamItem, max_tokens: int, sample: int) -> Question:
        messages = merge_system_message((*item.messages[:-1], *self._build_examples(), item.messages[-1]))
        shape = "iio" if len(messages) == 1 else "turn"
        drawn = (self.temperature, sample) if self.samples > 1 else ()
        question_id = self.name_samples(item)[sample]
        return Question(question_id, self.name, shape, item.category, messages, item.key, max_tokens, *drawn)  # type: ignore[arg-type]


def merge_system_message(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with the system's in front of the first user's: not every chat template has a system role.

    The authors of CTIBench ask open models so too.
    """
    if messages[0]["role"] != "system":
        return tuple(messages)
    system, first, *rest = messages
    return ({"role": "user", "content": f"{system['content']} {first['content']}"}, *rest)


def load_public_exams(settings: EvaluateSettings, seed: int) -> list[PublicExam]:
    """Reads the exams of `evaluate.exams`, and draws the items that are asked.

    Raises:
        UserError: if one can't be found or read, or two share a name.
    """
    found = [exam for spec in settings.exams for exam in find_exams(spec, KEY)]
    exams = [_load_exam(exam, settings, seed) for exam in found]
    names = [*BUILT_IN_SETS, *(exam.name for exam in exams)]
    for exam in exams:
        if names.count(exam.name) > 1:
            raise UserError(f"{KEY}: {exam.file.path}: another set of questions is called {exam.name}; rename the file")
    return exams


def _load_exam(found: FoundExam, settings: EvaluateSettings, seed: int) -> PublicExam:
    task = found.task
    file = task.read(found.path)
    # A file of one's own is one of several, perhaps.
    name = f"{task.name}-{found.path.stem}" if isinstance(task, OwnQuestions) else task.name
    scorable = isinstance(task, ChoiceTask) and not isinstance(task, SeveralChoicesTask)
    form: Form | None = settings.exams_by if scorable and settings.exams_by != "generation" else None
    examples = tuple(sample_evenly(file.items, settings.exams_examples, seed)) if task.answer_form else ()
    rest = [item for item in file.items if item not in examples] if examples else file.items
    if not rest:
        raise UserError(f"evaluate.exams_examples={settings.exams_examples}: {found.path} has no item left to ask")
    items = tuple(sample_evenly(rest, settings.exams_items, seed))
    return PublicExam(name, task, file, items, form, settings.exams_samples, settings.exams_temperature, examples)

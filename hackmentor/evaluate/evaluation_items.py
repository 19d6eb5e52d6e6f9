"""All that an experiment measures and asks, before anything is: records, questions, exams. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hackmentor.config.error_messages import suggest_nearest
from hackmentor.config.schema import Config
from hackmentor.evaluate.measurement import ExamMeasurement, HeldOutMeasurement, Measurement
from hackmentor.evaluate.power_statement import Kind, MeasureSize, build_size
from hackmentor.evaluate.public_exam_measurement import PublicExamMeasurement, build_exam_measurements
from hackmentor.evaluate.public_exams import PublicExam
from hackmentor.evaluate.question_sets import EvaluationQuestions, build_exam_measurement, load_questions
from hackmentor.evaluate.verdict.degenerate_answers import DEGENERATE
from hackmentor.evaluate.verdict.measures import ARENA
from hackmentor.evaluate.verdict.safety_measures import MEASURES as SAFETY_MEASURES
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.records.record import Record, read_records
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import escape_control_characters


@dataclass(frozen=True)
class EvaluationItems:
    """The items of an experiment.

    `excluded_count` is how many questions the exam leaves out because training records are about them.
    """

    held_out: HeldOutMeasurement
    exam: ExamMeasurement
    excluded_count: int
    scored_exams: Sequence[PublicExamMeasurement]
    exams: Sequence[PublicExam]
    questions: EvaluationQuestions

    @property
    def measurements(self) -> list[Measurement]:
        """What goes through a contestant's model; the questions are answered beside."""
        return [self.held_out, self.exam, *self.scored_exams]

    @property
    def measure_names(self) -> list[str]:
        """The names of all measures that can come of it."""
        return [*(size.name for size in self.list_sizes()), *self.exam.tasks]

    def list_sizes(self) -> list[MeasureSize]:
        """The items of each measure, in the order of the verdict."""
        entries, asked = self.question_entries, self.questions
        judged = {f"{question.set}/{question.id}": question.cluster for question in asked.judged}
        sizes = [build_size(ARENA, "battles", judged, judged)]
        for shape, records in self.held_out.records.items():
            ids = [record.id for record in records]
            sizes.append(build_size(f"loss {shape}", "score", ids, self.record_entries))
        for name, questions in (("exam", self.exam.questions), ("general", self.exam.general)):
            sizes.append(build_size(name, "share", [question.id for question in questions], entries))
        for set_name, (name, *_) in SAFETY_MEASURES.items():
            sizes.append(build_size(name, "share", [one.id for one in asked.get_requests(set_name)], {}))
        sizes.append(build_size(DEGENERATE, "share", judged, judged))
        for exam in self.exams:
            clusters = {item.id: item.cluster for item in exam.items}
            kind: Kind = "share" if exam.measure_name == exam.name else "score"
            sizes.append(build_size(exam.measure_name, kind, clusters, clusters))
        return [size for size in sizes if size.items]

    def check_primary(self, primary: Sequence[str]) -> None:
        """Raises UserError for a primary measure that is none of this evaluation, with the nearest that is."""
        for name in primary:
            if name not in self.measure_names:
                hint = suggest_nearest(name, self.measure_names)
                raise UserError(f"evaluate.primary: {escape_control_characters(name)} is not measured here; {hint}")

    @property
    def record_entries(self) -> Mapping[str, str]:
        """The catalogue entry, page or file that each held-out record is about, by the record's id."""
        return {record.id: record.upstream_id for records in self.held_out.records.values() for record in records}

    @property
    def question_entries(self) -> Mapping[str, str]:
        """The catalogue entry that each question of our exam asks about, by the question's id; general ones have none.

        The first one: the second is what the answer names, such as a technique in a question about an actor.
        """
        return {question.id: question.upstream_ids[0] for question in self.exam.questions if question.upstream_ids}


def load_evaluation_items(configs: Sequence[Config], exams: Sequence[PublicExam]) -> EvaluationItems:
    """Loads the items of an experiment, whose cells `configs` are; the first has the settings of the evaluation.

    Raises:
        UserError: if a data set or one of the user's files is missing or can't be read.
    """
    config = configs[0]
    held_out = {config.data.shape: _sample_held_out(config) for config in configs}
    exam, excluded_count = build_exam_measurement(configs)
    return EvaluationItems(
        HeldOutMeasurement(held_out, config.evaluate.cutoff),
        exam,
        excluded_count,
        build_exam_measurements(exams, batch_size=config.evaluate.exam.batch_size, seed=config.sampling_seed),
        exams,
        load_questions(config, held_out, exams),
    )


def _sample_held_out(config: Config) -> list[Record]:
    return sample_evenly(read_records(locate_dataset(config).held_out), config.evaluate.records, config.sampling_seed)

"""Measurements of a contestant, each kept in a file of its own. Needs no torch until something is measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hackmentor.cell.shaped_files import check_shape
from hackmentor.config.schema import Shape
from hackmentor.evaluate.contestants import Contestant
from hackmentor.evaluate.exam.exam_question import ExamQuestion
from hackmentor.evaluate.result_shapes import Exam, HeldOut
from hackmentor.records.record import Record
from hackmentor.runtime.files import read_json_object, write_json

if TYPE_CHECKING:
    from hackmentor.evaluate.loaded_model import LoadedModel


class Measurement(Protocol):
    """A way to measure a contestant. Its result is kept until something that decides it changes."""

    @property
    def name(self) -> str:
        """The name of the file in the contestant's folder, without its suffix."""

    @property
    def shape(self) -> type:
        """What its file holds (`hackmentor.evaluate.result_shapes`)."""

    @property
    def fingerprint_fields(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """Everything besides the contestant that decides the result."""

    def measure(self, loaded: LoadedModel) -> dict[str, Any]:
        """The result, as JSON."""


def read_result(contestant: Contestant, measurement: Measurement) -> dict[str, Any] | None:
    """The result of an earlier measurement; None if there is none or something that decides it has changed.

    Raises:
        UserError: if its file is damaged, naming it.
    """
    content = read_json_object(file := contestant.folder / f"{measurement.name}.json")
    if content is None or content.get("made_from") != _compute_fingerprint(contestant, measurement):
        return None
    return check_shape(content, measurement.shape, str(file))


def write_result(contestant: Contestant, measurement: Measurement, result: dict[str, Any]) -> None:
    """Writes a result with the fingerprint of what it was measured on."""
    path = contestant.folder / f"{measurement.name}.json"
    write_json(path, {"made_from": _compute_fingerprint(contestant, measurement), **result})


def _compute_fingerprint(contestant: Contestant, measurement: Measurement) -> str:
    fields = [contestant.identity, measurement.fingerprint_fields]
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class HeldOutMeasurement:
    """The loss on the answers of held-out records, by shape."""

    records: Mapping[Shape, Sequence[Record]]
    cutoff: int
    name: str = "held_out"
    shape: type = HeldOut

    @property
    def fingerprint_fields(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """The cutoff, and the records by their content."""
        return [self.cutoff, {shape: [record.sha256 for record in records] for shape, records in self.records.items()}]

    def measure(self, loaded: LoadedModel) -> dict[str, Any]:
        """The loss for each shape, and of each record."""
        from hackmentor.evaluate.held_out_loss import compute_held_out_loss

        micro_batch_tokens = max(loaded.micro_batch_tokens, self.cutoff)
        return {
            "shapes": {
                shape: compute_held_out_loss(
                    loaded.model,
                    loaded.get_template(shape),
                    records,
                    cutoff=self.cutoff,
                    micro_batch_tokens=micro_batch_tokens,
                ).to_json()
                for shape, records in self.records.items()
            }
        }


@dataclass(frozen=True)
class ExamMeasurement:
    """Multiple choice by log-likelihood: security questions of ours, and general ones that show what tuning cost."""

    questions: Sequence[ExamQuestion]
    general: Sequence[ExamQuestion]
    tasks: Sequence[str]
    task_limit: int | None
    form: Literal["cloze", "letters"]
    batch_size: int
    seed: int
    name: str = "exam"
    shape: type = Exam

    @property
    def fingerprint_fields(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """The questions by their content, and how they are put."""
        questions = [asdict(question) for question in (*self.questions, *self.general)]
        digest = hashlib.sha256(json.dumps(questions, sort_keys=True).encode()).hexdigest()
        return [digest, list(self.tasks), self.task_limit, self.form, self.seed, version("lm-eval")]

    def measure(self, loaded: LoadedModel) -> dict[str, Any]:
        """The accuracy for each task, and each answer."""
        from hackmentor.evaluate.exam.run_exam import run_exam

        template = loaded.get_template(loaded.contestant.config.data.shape)
        result = run_exam(
            loaded.model,
            template,
            [*self.questions, *self.general],
            form=self.form,
            batch_size=self.batch_size,
            extra_tasks=self.tasks,
            extra_limit=self.task_limit,
            seed=self.seed,
        )
        return result.to_json()

"""What is measured of a contestant, one file each. Needs no torch until something is measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hackmentor.config.schema import Shape
from hackmentor.evaluate.contestants import Contestant
from hackmentor.evaluate.exam.exam_question import ExamQuestion
from hackmentor.records.record import Record
from hackmentor.runtime.files import read_json, write_json

if TYPE_CHECKING:
    from hackmentor.evaluate.loaded_model import Examinee


class Measurement(Protocol):
    """A way to measure a contestant. Its figures are kept, and taken again only where something decides otherwise."""

    @property
    def name(self) -> str:
        """The name of the file in the contestant's folder, without its suffix."""

    @property
    def decides(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """What decides the figures besides the contestant."""

    def measure(self, examinee: Examinee) -> dict[str, Any]:
        """The figures, as JSON."""


def figures_of(contestant: Contestant, measurement: Measurement) -> dict[str, Any] | None:
    """The figures that were measured before; None where there are none, or something has changed since."""
    content = read_json(contestant.folder / f"{measurement.name}.json")
    if content is None or content.get("made_from") != _made_from(contestant, measurement):
        return None
    figures: dict[str, Any] = content
    return figures


def keep_figures(contestant: Contestant, measurement: Measurement, figures: dict[str, Any]) -> None:
    """Writes the figures, with what they were made from."""
    path = contestant.folder / f"{measurement.name}.json"
    write_json(path, {"made_from": _made_from(contestant, measurement), **figures})


def _made_from(contestant: Contestant, measurement: Measurement) -> str:
    facts = [contestant.identity, measurement.decides]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class HeldOut:
    """The loss on the answers of held-out records, by shape."""

    records: Mapping[Shape, Sequence[Record]]
    cutoff: int
    name: str = "held_out"

    @property
    def decides(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """The records, by content, and how much of each is scored."""
        return [self.cutoff, {shape: [one.sha256 for one in records] for shape, records in self.records.items()}]

    def measure(self, examinee: Examinee) -> dict[str, Any]:
        """For each shape the loss, and that of each record."""
        from hackmentor.evaluate.held_out_loss import held_out_loss

        together = max(examinee.micro_batch_tokens, self.cutoff)
        return {
            "shapes": {
                shape: held_out_loss(
                    examinee.model, examinee.template(shape), records, cutoff=self.cutoff, micro_batch_tokens=together
                ).to_json()
                for shape, records in self.records.items()
            }
        }


@dataclass(frozen=True)
class Exam:
    """Multiple choice by log-likelihood: our own questions, and general ones to see what tuning took away."""

    questions: Sequence[ExamQuestion]
    general: Sequence[ExamQuestion]
    tasks: Sequence[str]
    task_limit: int | None
    form: Literal["cloze", "letters"]
    batch_size: int
    seed: int
    name: str = "exam"

    @property
    def decides(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """The questions, by content, and how they are asked."""
        asked = [asdict(question) for question in (*self.questions, *self.general)]
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        return [digest, list(self.tasks), self.task_limit, self.form, self.seed, version("lm-eval")]

    def measure(self, examinee: Examinee) -> dict[str, Any]:
        """For each task its accuracy, and each answer."""
        from hackmentor.evaluate.exam.run_exam import sit_exam

        template = examinee.template(examinee.contestant.config.data.shape)
        result = sit_exam(
            examinee.model,
            template,
            [*self.questions, *self.general],
            form=self.form,
            batch_size=self.batch_size,
            extra_tasks=self.tasks,
            extra_limit=self.task_limit,
            seed=self.seed,
        )
        return result.to_json()

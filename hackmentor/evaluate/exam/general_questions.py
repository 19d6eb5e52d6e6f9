"""General ability: easy questions on the world, numbers, daily life and language, to see what fine-tuning cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from hackmentor.evaluate.exam.exam_question import ExamQuestion
from hackmentor.evaluate.safety.prompts import STRICT, NonBlankText
from hackmentor.evaluate.safety.read_items import read_items

GENERAL_QUESTIONS_FILE = Path(__file__).with_name("general.jsonl")


@dataclass(frozen=True, config=STRICT)
class GeneralQuestion:
    """A multiple-choice question, scored by the likelihood of its options; `answer_index` counts from 0."""

    id: NonBlankText
    category: NonBlankText
    question: NonBlankText
    options: Annotated[tuple[NonBlankText, ...], Field(min_length=2)]
    answer_index: Annotated[int, Field(ge=0)]

    def __post_init__(self) -> None:
        if self.answer_index >= len(self.options):
            raise ValueError(f"answer_index must be below {len(self.options)}, the number of options")
        if len({option.casefold() for option in self.options}) < len(self.options):
            raise ValueError("two options are the same")


def load_general_questions(path: Path = GENERAL_QUESTIONS_FILE) -> list[ExamQuestion]:
    """Reads every question. Raises UserError that names file and line of an invalid one."""
    return [
        ExamQuestion(item.id, item.category, item.question, item.options, item.answer_index, upstream_ids=())
        for item in read_items(path, GeneralQuestion, "question")
    ]

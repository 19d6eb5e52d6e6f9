"""SecEval (XuanwuAI 2023): one or several of four options, asked for after examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hackmentor.exams.choice_task import SeveralChoicesTask, require_options
from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.item import LETTERS, ExamItem
from hackmentor.exams.json_list import iter_wrapped_list
from hackmentor.exams.task import get_text
from hackmentor.records.message import Message
from hackmentor.records.read.rows import Row

INSTRUCTION = (
    "Below are multiple-choice questions concerning cybersecurity. Please select the correct answers and respond with "
    "the letters ABCD only."
)
# The one example that the authors show to chat models.
_EXAMPLE: tuple[Message, ...] = (
    {
        "role": "user",
        "content": "Question: Which mitigation prevent stack overflow bug? A: Stack Canary. B: ALSR. C: CFI. "
        "D: Code Signing.",
    },
    {"role": "assistant", "content": "Answer: ABC"},
)


class SecEval(SeveralChoicesTask):
    """Only the whole set of letters is right."""

    name = "seceval"
    title = "SecEval"
    files = ("docs/javascript/questions-data.js", "questions-data.js", "questions.json")
    system_prompt = INSTRUCTION
    examples = 1
    answer_form = "Answer: {key}"

    def iter_rows(self, path: Path) -> Iterator[Row]:
        """The questions of a list in JSON, or of the script of the authors' page."""
        return iter_wrapped_list(path)

    def build_messages(self, prompt: str) -> tuple[Message, ...]:
        """The authors' prompt for chat models, with its example."""
        system: Message = {"role": "system", "content": self.system_prompt}
        return (system, *_EXAMPLE, {"role": "user", "content": prompt})

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From id, question, choices (with their letters in front), answer and topics."""
        choices = fields.get("choices")
        if not isinstance(choices, list):
            raise RowFaultError("without choices")
        options = require_options([_remove_letter(str(choice), index) for index, choice in enumerate(choices)])
        question = get_text(fields, "question")
        topics = fields.get("topics")
        return ExamItem(
            id=str(fields.get("id") or row.number),
            row=row.number,
            messages=self.build_messages(f"Question: {question}{' '.join(map(str, choices))}".replace("\n", " ")),
            question=question,
            key=self.read_key(get_text(fields, "answer"), options, row, tally),
            options=options,
            category=str(topics[0]) if isinstance(topics, list) and topics else "",
        )


def _remove_letter(choice: str, index: int) -> str:
    return choice.strip().removeprefix(LETTERS[index]).lstrip(":.) ").strip()

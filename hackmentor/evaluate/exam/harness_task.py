"""Our questions as a task of lm-evaluation-harness.

The harness's documented way for data that is made in code: a configuration whose `custom_dataset` returns the splits
(https://github.com/EleutherAI/lm-evaluation-harness/blob/main/docs/task_guide.md). So neither hub nor file is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from datasets import Dataset
from lm_eval.api.task import ConfigurableTask

from hackmentor.evaluate.exam.exam_question import LETTER_INSTRUCTION, OWN_EXAM_TASK, ExamQuestion

ExamForm = Literal["cloze", "letters"]
"""cloze: each option is scored as the answer, by log-likelihood a character (`acc_norm`), as ARC and HellaSwag do.
letters: the options are listed and the letters A to D are scored (`acc`), as MMLU does."""
METRIC_BY_FORM: dict[ExamForm, str] = {"cloze": "acc_norm", "letters": "acc"}
LETTERS = "ABCDEFGHIJ"


def build_exam_task(questions: Sequence[ExamQuestion], form: ExamForm) -> ConfigurableTask:
    """Builds one task from the questions; its documents carry `id`, `category` and `cluster`, the entry asked about."""
    rows = [
        {
            "id": question.id,
            "category": question.category,
            "cluster": next(iter(question.upstream_ids), ""),
            "question": question.question,
            "options": list(question.options),
            "answer": question.answer_index,
        }
        for question in questions
    ]
    config: dict[str, Any] = {
        "task": OWN_EXAM_TASK,
        "custom_dataset": lambda **_: {"test": Dataset.from_list(rows)},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": _prompt_without_options if form == "cloze" else _prompt_with_options,
        "doc_to_choice": (lambda row: row["options"]) if form == "cloze" else _option_letters,
        "doc_to_target": "answer",
        "metric_list": [{"metric": METRIC_BY_FORM[form], "aggregation": "mean", "higher_is_better": True}],
    }
    return ConfigurableTask(config=config)


def _prompt_without_options(row: dict[str, Any]) -> str:
    return str(row["question"])


def _prompt_with_options(row: dict[str, Any]) -> str:
    options = [f"{letter}. {text}" for letter, text in zip(LETTERS, row["options"], strict=False)]
    return "\n".join([row["question"], *options, LETTER_INSTRUCTION])


def _option_letters(row: dict[str, Any]) -> list[str]:
    return list(LETTERS[: len(row["options"])])

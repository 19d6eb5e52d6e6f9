"""Runs the exam on one contestant."""

from __future__ import annotations

from collections.abc import Sequence

from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.evaluate.exam.exam_question import ExamQuestion
from hackmentor.evaluate.exam.exam_result import ExamResult
from hackmentor.evaluate.exam.harness_task import ExamForm, build_exam_task
from hackmentor.evaluate.exam.run_harness import harness_output_silenced, run_harness_tasks
from hackmentor.prompts.chat_template import ChatTemplate


def run_exam(
    model: PeftModel | PreTrainedModel,
    template: ChatTemplate,
    questions: Sequence[ExamQuestion],
    *,
    form: ExamForm = "cloze",
    batch_size: int,
    extra_tasks: Sequence[str] = (),
    extra_limit: int | None = None,
    seed: int,
) -> ExamResult:
    """Runs our own questions, and any of lm-evaluation-harness's tasks by name.

    A question's prompt goes through the model once, followed by all its options; `batch_size` is for tasks that
    generate text, or whose texts are longer than the model's context. Of each extra task the first `extra_limit`
    questions are asked (None: all). Only extra tasks touch the network.

    Raises:
        UserError: for an unknown task, or one whose data can't be loaded.
    """
    results = []
    if questions:
        with harness_output_silenced():
            own = build_exam_task(questions, form)
        results += run_harness_tasks(model, template, [own], limit=None, batch_size=batch_size, seed=seed)
    if extra_tasks:
        results += run_harness_tasks(
            model, template, list(extra_tasks), limit=extra_limit, batch_size=batch_size, seed=seed
        )
    return ExamResult(results)

"""One contestant sits the exam."""

from __future__ import annotations

from collections.abc import Sequence

from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.evaluate.exam.exam_question import ExamQuestion
from hackmentor.evaluate.exam.exam_result import ExamResult
from hackmentor.evaluate.exam.harness_task import Form, own_task
from hackmentor.evaluate.exam.run_harness import quiet, run_tasks
from hackmentor.prompts.chat_template import ChatTemplate


def sit_exam(
    model: PeftModel | PreTrainedModel,
    template: ChatTemplate,
    questions: Sequence[ExamQuestion],
    *,
    form: Form = "cloze",
    batch_size: int,
    extra_tasks: Sequence[str] = (),
    extra_limit: int | None = None,
    seed: int,
) -> ExamResult:
    """The result on our own questions, and on any of lm-evaluation-harness's tasks by name.

    A question's prompt goes through the model once, with all its options behind it; `batch_size` is for tasks that
    generate text, or whose texts are longer than the model's context. Of each extra task the first `extra_limit`
    questions are asked (None: all). Only extra tasks touch the network.

    Raises:
        UserError: for a name that is no task, or a task whose data can't be had.
    """
    results = []
    if questions:
        with quiet():
            own = own_task(questions, form)
        results += run_tasks(model, template, [own], limit=None, batch_size=batch_size, seed=seed)
    if extra_tasks:
        results += run_tasks(model, template, list(extra_tasks), limit=extra_limit, batch_size=batch_size, seed=seed)
    return ExamResult(results)

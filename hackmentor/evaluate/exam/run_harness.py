"""Runs tasks of lm-evaluation-harness on a loaded model, and reads what came out question by question."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from functools import cache
from typing import Any

from lm_eval import simple_evaluate
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks import TaskManager
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.evaluate.exam.chat_template_lm import AsTrained
from hackmentor.evaluate.exam.exam_result import Marked, TaskResult, by_category, score
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.errors import UserError

# The first of these that a task has is what its questions are marked by.
METRICS = ("acc_norm", "acc", "exact_match")


def run_tasks(
    model: PeftModel | PreTrainedModel,
    template: ChatTemplate,
    tasks: Sequence[str | ConfigurableTask],
    *,
    limit: int | None,
    batch_size: int,
    seed: int,
) -> list[TaskResult]:
    """Every task's result; a group of tasks, such as mmlu, counts as its parts.

    Args:
        model: on any device, in any quantisation, with or without an adapter.
        template: what each question is put in; the answer is scored where the assistant speaks.
        tasks: names that lm-evaluation-harness knows (their data comes from a hub), or tasks made in code.
        limit: at most so many questions of each task, its first ones; None for all.
        batch_size: how many texts go through the model at once, where they don't share a prompt.
        seed: of everything random in a task, such as its few-shot examples.

    Raises:
        UserError: for a name that is no task, or a task whose data can't be had.
    """
    manager = _manager([task for task in tasks if isinstance(task, str)])
    with quiet():
        try:
            results: dict[str, Any] = simple_evaluate(
                model=AsTrained(model, template, batch_size),
                tasks=list(tasks),
                limit=limit,
                apply_chat_template=True,
                task_manager=manager,
                bootstrap_iters=0,
                random_seed=seed,
                numpy_random_seed=seed,
                torch_random_seed=seed,
                fewshot_random_seed=seed,
            )
        except (OSError, ConnectionError) as error:
            names = ", ".join(str(task) for task in tasks)
            raise UserError(f"can't get the data of the exam tasks {names}: {str(error).splitlines()[0]}") from error
    return [_read(name, samples) for name, samples in results["samples"].items()]


def _manager(names: Sequence[str]) -> TaskManager:
    manager = _index(with_its_own=bool(names))
    unknown = [name for name in names if name not in manager.all_tasks]
    if unknown:
        raise UserError(
            f"evaluate.exam.tasks: lm-evaluation-harness has no task {unknown[0]!r}; list them with: lm-eval ls tasks"
        )
    return manager


@cache
def _index(*, with_its_own: bool) -> TaskManager:
    """Looks through the harness's thousands of task files only where one of them is asked for, and once."""
    return TaskManager(include_defaults=with_its_own)


@contextmanager
def quiet() -> Iterator[None]:
    """The harness logs and draws several bars a task, and asks git for a commit that may not be there.

    What matters comes back as a result or an exception. Git is a process of its own, so the descriptor is turned away.
    """
    logger = logging.getLogger("lm_eval")
    level, told = logger.level, os.dup(2)
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stderr(io.StringIO()), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no path of a user's
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(told, 2)
        os.close(told)
        logger.setLevel(level)


def _read(name: str, samples: Sequence[Mapping[str, Any]]) -> TaskResult:
    metric = next((metric for metric in METRICS if metric in samples[0]), None)
    if metric is None:
        raise UserError(f"evaluate.exam.tasks: {name} has none of the measures {', '.join(METRICS)}")
    answers = [_marked(name, sample, metric) for sample in samples]
    choices = [len(sample["resps"]) for sample in samples]
    return TaskResult(
        task=name,
        metric=metric,
        chance=sum(1 / number for number in choices) / len(choices) if min(choices) > 1 else None,
        score=score(answers),
        categories=by_category(answers),
        answers=answers,
    )


def _marked(name: str, sample: Mapping[str, Any], metric: str) -> Marked:
    document = sample["doc"]
    return Marked(
        id=str(document.get("id", f"{name}/{sample['doc_id']}")),
        category=str(document.get("category", name)),
        correct=sample[metric] == 1,
        chosen=_chosen(sample, metric) if len(sample["resps"]) > 1 else None,
    )


def _chosen(sample: Mapping[str, Any], metric: str) -> int:
    """The option with the highest log-likelihood, for `acc_norm` a character of the option."""
    likelihoods = [float(response[0]) for response in sample["filtered_resps"]]
    texts = [pair[1].lstrip() for pair in sample["arguments"]]
    size = [len(text) if metric == "acc_norm" else 1 for text in texts]
    return max(range(len(texts)), key=lambda place: likelihoods[place] / size[place])

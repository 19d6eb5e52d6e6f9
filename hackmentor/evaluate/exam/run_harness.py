"""Runs tasks of lm-evaluation-harness on a loaded model, and parses the results question by question."""

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

from hackmentor.evaluate.exam.chat_template_lm import ChatTemplateLM
from hackmentor.evaluate.exam.exam_result import ScoredAnswer, TaskResult, compute_score, score_by_category
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.errors import UserError

# The first of these that a task has decides whether an answer is right.
METRIC_PREFERENCE = ("acc_norm", "acc", "exact_match")


def run_harness_tasks(
    model: PeftModel | PreTrainedModel,
    template: ChatTemplate,
    tasks: Sequence[str | ConfigurableTask],
    *,
    limit: int | None,
    batch_size: int,
    seed: int,
) -> list[TaskResult]:
    """Runs tasks and returns their results; a group of tasks, such as mmlu, counts as its parts.

    Args:
        model: on any device, in any quantisation, with or without an adapter.
        template: the chat template of each question; the answer is scored as the assistant's message.
        tasks: names that lm-evaluation-harness knows (their data comes from a hub), or tasks built in code.
        limit: the number of questions per task, its first ones; None for all.
        batch_size: how many texts go through the model at once, if they don't share a prompt.
        seed: for everything random in a task, such as its few-shot examples.

    Raises:
        UserError: for an unknown task, or one whose data can't be loaded.
    """
    manager = _find_task_manager([task for task in tasks if isinstance(task, str)])
    with harness_output_silenced():
        try:
            results: dict[str, Any] = simple_evaluate(
                model=ChatTemplateLM(model, template, batch_size),
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
    return [_parse_samples(name, samples) for name, samples in results["samples"].items()]


def _find_task_manager(names: Sequence[str]) -> TaskManager:
    manager = _load_task_manager(include_defaults=bool(names))
    unknown = [name for name in names if name not in manager.all_tasks]
    if unknown:
        raise UserError(
            f"evaluate.exam.tasks: lm-evaluation-harness has no task {unknown[0]!r}; list them with: lm-eval ls tasks"
        )
    return manager


@cache
def _load_task_manager(*, include_defaults: bool) -> TaskManager:
    """Reads the index of the harness's thousands of tasks only if one of them is asked for, and once."""
    return TaskManager(include_defaults=include_defaults)


@contextmanager
def harness_output_silenced() -> Iterator[None]:
    """Silences the harness, which logs, draws several bars per task, and asks git for a commit that may not exist.

    What matters comes back as a result or an exception. Git is another process, so the descriptor itself is redirected.
    """
    logger = logging.getLogger("lm_eval")
    level, saved_stderr = logger.level, os.dup(2)
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stderr(io.StringIO()), open(os.devnull, "wb") as devnull:  # noqa: PTH123 - not a user's path
            os.dup2(devnull.fileno(), 2)
            yield
    finally:
        os.dup2(saved_stderr, 2)
        os.close(saved_stderr)
        logger.setLevel(level)


def _parse_samples(name: str, samples: Sequence[Mapping[str, Any]]) -> TaskResult:
    metric = next((metric for metric in METRIC_PREFERENCE if metric in samples[0]), None)
    if metric is None:
        raise UserError(f"evaluate.exam.tasks: {name} has none of the measures {', '.join(METRIC_PREFERENCE)}")
    answers = [_parse_answer(name, sample, metric) for sample in samples]
    option_counts = [len(sample["resps"]) for sample in samples]
    return TaskResult(
        task=name,
        metric=metric,
        chance=sum(1 / count for count in option_counts) / len(option_counts) if min(option_counts) > 1 else None,
        score=compute_score(answers),
        categories=score_by_category(answers),
        answers=answers,
    )


def _parse_answer(name: str, sample: Mapping[str, Any], metric: str) -> ScoredAnswer:
    document = sample["doc"]
    return ScoredAnswer(
        id=str(document.get("id", f"{name}/{sample['doc_id']}")),
        category=str(document.get("category", name)),
        correct=sample[metric] == 1,
        chosen=_find_chosen_option(sample, metric) if len(sample["resps"]) > 1 else None,
        cluster=str(document.get("cluster", "")),
    )


def _find_chosen_option(sample: Mapping[str, Any], metric: str) -> int:
    """The option with the highest log-likelihood; for `acc_norm`, per character of the option."""
    log_likelihoods = [float(response[0]) for response in sample["filtered_resps"]]
    texts = [pair[1].lstrip() for pair in sample["arguments"]]
    lengths = [len(text) if metric == "acc_norm" else 1 for text in texts]
    return max(range(len(texts)), key=lambda index: log_likelihoods[index] / lengths[index])

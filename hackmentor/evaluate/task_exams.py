"""The held-out items of tasks, asked and marked like published exams. Needs no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hackmentor.config.schema import Config
from hackmentor.data.task_cases import iter_cases, load_material
from hackmentor.evaluate.public_exams import PublicExam
from hackmentor.exams.exam_file import ExamFile, FileIdentity, Release, Tally
from hackmentor.exams.item import ExamItem
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.errors import UserError
from hackmentor.tasks.case import LICENCE, VERSION
from hackmentor.tasks.registry import find_tasks
from hackmentor.tasks.task import Task

KEY = "evaluate.tasks"
PREFIX = "task-"


def load_task_exams(configs: Sequence[Config]) -> list[PublicExam]:
    """The tasks of `evaluate.tasks`, with the items that no cell of these was trained on.

    The smallest of the cells' fractions decides: what it holds out, larger ones hold out too.

    Raises:
        UserError: if there is no such task, or a source of its can't be read.
    """
    config = configs[0]
    if not (tasks := find_tasks(config.evaluate.tasks, KEY)):
        return []
    if len({one.sampling_seed for one in configs}) > 1:
        raise UserError(f"{KEY}: the cells have several data_seed, and so several splits; evaluate one at a time")
    sources = [source for one in configs for source in one.data.sources]
    material = load_material(tasks, sources)
    fraction = min(one.data.eval_fraction for one in configs)
    exams = []
    for task in tasks:
        cases = iter_cases(task, material, seed=config.sampling_seed, eval_fraction=fraction, held_out=True)
        items = tuple(case.to_item(row) for row, case in enumerate(cases, start=1))
        asked = tuple(sample_evenly(items, config.evaluate.tasks_items, config.sampling_seed))
        exams.append(
            PublicExam(
                name=f"{PREFIX}{task.name}",
                task=task,
                file=_describe_items(task, items),
                items=asked,
                form=None,
                max_tokens=config.evaluate.tasks_max_new_tokens,
            )
        )
    return exams


def _describe_items(task: Task[Any], items: tuple[ExamItem, ...]) -> ExamFile:
    """The items as if they were a file: their hash says whether two evaluations asked the same."""
    content = json.dumps([asdict(item) for item in items], ensure_ascii=False)
    release = Release(task.name, f"held-out items, version {VERSION}, labels proven by {task.proof}", LICENCE)
    identity = FileIdentity(hashlib.sha256(content.encode()).hexdigest(), release)
    return ExamFile(task.name, Path(task.name), identity, items, len(items), Tally())

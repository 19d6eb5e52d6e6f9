"""The cases of each task on both sides of the split, made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from hackmentor.data.task_cases import iter_cases, load_material
from hackmentor.tasks.case import Case
from hackmentor.tasks.registry import TASKS
from hackmentor.tasks.task import Task


@dataclass(frozen=True)
class Sides:
    """A task with its cases for training and those that are held out."""

    task: Task[Any]
    train: tuple[Case, ...]
    held_out: tuple[Case, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        return (*self.train, *self.held_out)


@cache
def build_sides(name: str) -> Sides:
    task = TASKS[name]
    material = load_material([task], [])
    train, held_out = (
        tuple(iter_cases(task, material, seed=0, eval_fraction=0.1, held_out=held_out)) for held_out in (False, True)
    )
    return Sides(task, train, held_out)


@pytest.fixture(params=list(TASKS))
def sides(request: pytest.FixtureRequest) -> Sides:
    return build_sides(request.param)

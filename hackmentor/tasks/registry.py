"""All tasks, by name."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from hackmentor.runtime.errors import UserError
from hackmentor.tasks.cloud import CloudTask
from hackmentor.tasks.code_review import CodeTask
from hackmentor.tasks.cvss import CvssVectorTask
from hackmentor.tasks.detection_rules import DetectionRuleTask
from hackmentor.tasks.dialogues import DialogueTask
from hackmentor.tasks.hunting import HuntingTask
from hackmentor.tasks.indicators import IndicatorTask
from hackmentor.tasks.root_cause import RootCauseTask
from hackmentor.tasks.sigma_writing import SigmaTask
from hackmentor.tasks.task import Task
from hackmentor.tasks.techniques import TechniqueTask
from hackmentor.tasks.triage import TriageTask

_ALL: tuple[Task[Any], ...] = (
    TriageTask(),
    TechniqueTask(),
    IndicatorTask(),
    CvssVectorTask(),
    SigmaTask(),
    CodeTask(),
    CloudTask(),
    HuntingTask(),
    DialogueTask(),
    DetectionRuleTask(),
    RootCauseTask(),
)
TASKS: dict[str, Task[Any]] = {task.name: task for task in _ALL}
ALL = "all"


def find_tasks(names: Sequence[str], key: str) -> list[Task[Any]]:
    """The tasks of these names, each once, in the order of tables; `all` is every one.

    Args:
        names: as configured.
        key: the configuration key that they come from, for messages.

    Raises:
        UserError: if there is no such task.
    """
    for name in names:
        if name not in TASKS and name != ALL:
            close = get_close_matches(name, TASKS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(TASKS)}, and {ALL}"
            raise UserError(f"{key}: there is no task {name!r}; {hint}")
    return [task for name, task in TASKS.items() if name in names or ALL in names]

"""Shows cases of a task: what is asked, the worked answer, its mark, and whether the label is proven."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hackmentor.config.schema import Config
from hackmentor.data.task_cases import iter_cases, load_material
from hackmentor.exams.marked_answers import mark_constant
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import escape_control_characters
from hackmentor.tasks.case import Case
from hackmentor.tasks.registry import find_tasks
from hackmentor.tasks.task import Task


def show_task(config: Config, name: str, console: Console) -> dict[str, Any]:
    """Prints cases of one side, drawn evenly or by id, and figures of all of them; returns the figures.

    Raises UserError for an unknown task or id.
    """
    found = find_tasks([name], "inspect.task")
    if len(found) > 1:
        raise UserError(f"inspect.task={name}: name one of {', '.join(task.name for task in found)}")
    task = found[0]
    options = config.inspect
    material = load_material([task], config.data.sources)
    held_out = options.side == "eval"
    fraction = config.data.eval_fraction
    cases = list(iter_cases(task, material, seed=config.sampling_seed, eval_fraction=fraction, held_out=held_out))
    for case in _select_cases(cases, options.ids, options.records, config.sampling_seed):
        _print_case(console, task, case)
    items = [case.to_item(row) for row, case in enumerate(cases, start=1)]
    constant = mark_constant(task, items)
    scores = constant.item_scores.values()
    proven = sum(not task.find_label_fault(case) for case in cases)
    console.print(Rule(Text(f"{task.title}, {options.side}: {len(cases):,} cases"), align="left", style="bold"))
    console.print(f"labels proven by {task.proof}: {proven:,} of {len(cases):,}")
    console.print(f"constant answer: {constant.model}: {sum(scores) / len(scores):.3f}")
    return {"task": task.name, "side": options.side, "cases": len(cases), "proven": proven}


def _select_cases(cases: Sequence[Case], ids: Sequence[str], count: int, seed: int) -> list[Case]:
    if not ids:
        return sample_evenly(cases, count, seed)
    known = {case.id: case for case in cases}
    for case_id in ids:
        if case_id not in known:
            close = get_close_matches(case_id, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise UserError(f"inspect.ids: the task has no case {case_id!r} on this side{hint}")
    return [known[case_id] for case_id in ids]


def _print_case(console: Console, task: Task[Any], case: Case) -> None:
    mark = task.mark(case.to_item(1), case.answer)
    fault = task.find_label_fault(case)
    console.print()
    console.print(Rule(Text(escape_control_characters(case.id)), align="left", style="bold"))
    grid = Table.grid(padding=(0, 2))
    rows = {
        "about": ", ".join(case.entries or (case.upstream_id,)),
        "split by": case.split_key,
        "mark": f"{mark.outcome}, score {mark.score:g}: read as {mark.answer}",
        "label": fault or f"proven by {task.proof}",
    }
    for label, value in rows.items():
        grid.add_row(Text(label, style="dim"), Text(escape_control_characters(value)))
    console.print(grid)
    turns = [*((message["role"], message["content"]) for message in case.earlier), ("user", case.question)]
    for role, text in (*turns, ("worked answer", case.answer)):
        console.print(Text(f"\n──── {role} ────", style="dim"))
        console.print(Text(escape_control_characters(text)), soft_wrap=not console.is_terminal)

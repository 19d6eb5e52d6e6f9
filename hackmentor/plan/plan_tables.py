"""Plans on the terminal (a row per cell, then the parts of the one that needs the most memory) and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.plan.devices import GIB, Device
from hackmentor.plan.estimate import RunEstimate, TrainingRun
from hackmentor.plan.past_runs import MeasuredRun
from hackmentor.plan.suggest_changes import ConfigChange
from hackmentor.runtime.terminal import escape_control_characters
from hackmentor.train.memory_model.recompute_choice import MAX_MEMORY_SHARE
from hackmentor.train.memory_model.training_setup import count_trainable_parameters

PART_LABELS = {
    "quantised_weights": "weights of the layers",
    "other_weights": "embedding, output layer, norms",
    "mapped_file": "checkpoint file, mapped",
    "adapter": "adapter",
    "gradients": "gradients",
    "optimizer": "optimizer: two moments",
    "activations": "activations",
    "logits": "logits and loss",
    "workspace": "one layer's backward pass",
    "gathered": "layers gathered from all devices",
    "allocator": "allocator overhead",
    "framework": "process or CUDA context",
    "loading": "loading the base, beyond these",
}


@dataclass(frozen=True)
class CellPlan:
    """The plan of one cell. `change` is None if it fits or nothing helps; `measured` is set if the cell is finished."""

    name: str
    run: TrainingRun
    device: Device
    estimate: RunEstimate
    change: ConfigChange | None
    measured: MeasuredRun | None
    notes: Sequence[str]


def print_plans(plans: Sequence[CellPlan], console: Console) -> None:
    """Prints the plans as tables, with advice and notes."""
    console.print(_build_cell_table(plans))
    for plan in plans:
        if not plan.estimate.fits:
            console.print(Text(f"{plan.name}: {format_advice(plan)}"), soft_wrap=True)
        if plan.measured is not None:
            console.print(Text(escape_control_characters(format_measured_vs_planned(plan))), soft_wrap=True)
    largest = max(plans, key=lambda plan: plan.estimate.memory.total)
    console.print()
    console.print(_build_part_table(largest))
    for sentence in (*_describe_assumptions(largest), *_format_notes(plans)):
        console.print(Text(escape_control_characters(sentence)), soft_wrap=True)


def format_advice(plan: CellPlan) -> str:
    """The overrides that make a cell fit, and the memory it would then take."""
    if plan.change is None:
        return "no smaller setting that was tried fits this device"
    total = plan.change.run.compute_memory(plan.change.run.count_workload()).total
    return f"would fit with {' '.join(plan.change.overrides)} ({_format_gib(total)})"


def plan_to_json(plan: CellPlan) -> dict[str, Any]:
    """Converts a plan to JSON values: bytes, seconds and counts."""
    estimate, geometry = plan.estimate, plan.run.setup.geometry
    work = (
        asdict(estimate.workload) | {"packs": len(estimate.workload.packs)} if estimate.workload is not None else None
    )
    return {
        "cell": plan.name,
        "device": asdict(plan.device),
        "precision": plan.run.setup.precision,
        "quant": plan.run.setup.quant,
        "parameters": geometry.parameters(),
        "trainable_parameters": count_trainable_parameters(plan.run.setup),
        "micro_batch_tokens": plan.run.micro_batch_tokens,
        "recompute": "layers" if plan.run.setup.recomputes else "none",
        "cutoff": plan.run.cutoff,
        "work": work,
        "memory": estimate.memory.parts() | {"total": estimate.memory.total},
        "fits": estimate.fits,
        "change": list(plan.change.overrides) if plan.change is not None else None,
        "speed": asdict(estimate.speed) if estimate.speed is not None else None,
        "seconds": estimate.seconds,
        "measured": asdict(plan.measured) if plan.measured is not None else None,
        "memory_error": compute_memory_error(plan),
        "notes": list(plan.notes),
    }


def compute_memory_error(plan: CellPlan) -> float | None:
    """Relative error of the planned memory against the finished cell's; None if the cell is not finished.

    On a GPU torch measures the memory of tensors only: neither the CUDA context nor the allocator overhead.
    """
    if plan.measured is None:
        return None
    memory = plan.estimate.memory
    comparable = memory.total - (memory.framework + memory.allocator if plan.device.on_gpu else 0)
    return comparable / plan.measured.peak_bytes - 1


def _build_cell_table(plans: Sequence[CellPlan]) -> Table:
    table = _build_table(f"planned for {_format_device(plans[0].device)}")
    table.add_column("", overflow="fold", min_width=19)
    for heading in ("params", "trained", "steps", "tokens", "memory", "fits", "time"):
        table.add_column(heading, justify="right", no_wrap=True)
    for plan in plans:
        table.add_row(*map(Text, _format_row(plan)))
    return table


def _build_table(title: str) -> Table:
    style = {"title_justify": "left", "title_style": "bold", "box": None, "pad_edge": False, "padding": (0, 2, 0, 0)}
    return Table(title=Text(title), **style)  # type: ignore[arg-type]


def _format_row(plan: CellPlan) -> tuple[str, ...]:
    estimate = plan.estimate
    counts = (
        ("?", "?")
        if estimate.workload is None
        else (f"{estimate.workload.steps:,}", _format_count(estimate.workload.tokens))
    )
    return (
        escape_control_characters(plan.name),
        _format_count(plan.run.setup.geometry.parameters()),
        _format_count(count_trainable_parameters(plan.run.setup)),
        *counts,
        _format_gib(estimate.memory.total),
        _format_fit(plan),
        "?" if estimate.seconds is None else _format_seconds(estimate.seconds),
    )


def _format_fit(plan: CellPlan) -> str:
    if not plan.estimate.fits:
        return "no"
    return "tight" if plan.estimate.memory.total > MAX_MEMORY_SHARE * plan.device.memory else "yes"


def format_measured_vs_planned(plan: CellPlan) -> str:
    """Memory and time of a finished cell beside its plan; empty if it is not finished."""
    error = compute_memory_error(plan)
    if plan.measured is None or error is None:
        return ""
    planned_time = "" if plan.estimate.seconds is None else f" and {_format_seconds(plan.estimate.seconds)}"
    planned = f"planned {_format_gib(plan.estimate.memory.total)} ({100 * error:+.1f} %){planned_time}"
    measured = f"{_format_gib(plan.measured.peak_bytes)} and {_format_seconds(plan.measured.seconds)}"
    return f"{plan.name} is done: it took {measured}; {planned}"


def _build_part_table(plan: CellPlan) -> Table:
    table = _build_table(f"{escape_control_characters(plan.name)}, part by part")
    table.add_column("")
    table.add_column("GiB", justify="right")
    table.add_column("share", justify="right")
    total = plan.estimate.memory.total
    for part, size in plan.estimate.memory.parts().items():
        if size:
            table.add_row(PART_LABELS[part], f"{size / GIB:.2f}", f"{size / total:.0%}")
    table.add_row("together", f"{total / GIB:.2f}", "", style="bold")
    return table


def _describe_assumptions(plan: CellPlan) -> list[str]:
    """The settings, workload, speed and device on which the figures of a plan rest."""
    run, setup = plan.run, plan.run.setup
    summary = (
        f"{setup.precision}, quant={setup.quant}, train.cutoff={run.cutoff}, "
        f"train.micro_batch_tokens={run.micro_batch_tokens}, "
        f"train.recompute={'layers' if setup.recomputes else 'none'}"
    )
    if (workload := plan.estimate.workload) is not None:
        summary += f"; largest pack {max(workload.packs)[0]:,} tokens; {workload.tokens:,} tokens in all"
        summary += "" if workload.exact else ", about"
    speed = plan.estimate.speed
    rate = [f"{speed.tokens_per_second:,.0f} tokens a second: {speed.source}"] if speed is not None else []
    return [summary, *rate, f"{plan.device.name}: {plan.device.source}"]


def _format_notes(plans: Sequence[CellPlan]) -> list[str]:
    """Each note once, with the cells it concerns unless it concerns all."""
    cells_by_note: dict[str, list[str]] = {}
    for plan in plans:
        for note in plan.notes:
            cells_by_note.setdefault(note, []).append(plan.name)
    return [
        f"note: {note}" if len(names) == len(plans) else f"note ({', '.join(names)}): {note}"
        for note, names in cells_by_note.items()
    ]


def _format_device(device: Device) -> str:
    return f"{escape_control_characters(device.name)}, {_format_gib(device.memory)}"


def _format_gib(size: float) -> str:
    return f"{size / GIB:.1f} GiB"


def _format_count(number: int) -> str:
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return str(number)


def _format_seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"

"""Plans on the terminal: a row a cell, then the whole of the one that needs most; and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.plan.devices import GIB, Device
from hackmentor.plan.estimate import Estimate, Task
from hackmentor.plan.past_runs import Measured
from hackmentor.plan.suggest_changes import Change
from hackmentor.plan.training_setup import trainable_parameters
from hackmentor.runtime.terminal import inert

# Above this share of the device's memory a plan that fits is called tight: no estimate is that exact.
TIGHT = 0.9

PARTS = {
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
    "allocator": "allocator's holes",
    "framework": "process or CUDA context",
}


@dataclass(frozen=True)
class Planned:
    """One cell with its plan; `change` is None where it fits or nothing helps, `done` what it took if it is done."""

    name: str
    task: Task
    device: Device
    estimate: Estimate
    change: Change | None
    done: Measured | None
    notes: Sequence[str]


def show(planned: Sequence[Planned], out: Console) -> None:
    """Prints the plans."""
    out.print(_cells(planned))
    for one in planned:
        if not one.estimate.fits:
            out.print(Text(f"{one.name}: {advice(one)}"), soft_wrap=True)
        if one.done is not None:
            out.print(Text(inert(measured_beside(one))), soft_wrap=True)
    most = max(planned, key=lambda one: one.estimate.memory.total)
    out.print()
    out.print(_parts(most))
    for sentence in (*_told(most), *_notes(planned)):
        out.print(Text(inert(sentence)), soft_wrap=True)


def advice(one: Planned) -> str:
    """What to type so that a cell fits, and what it would then take."""
    if one.change is None:
        return "no smaller setting that was tried fits this device"
    total = one.change.task.memory(one.change.task.work()).total
    return f"would fit with {' '.join(one.change.words)} ({_gib(total)})"


def as_json(one: Planned) -> dict[str, Any]:
    """Everything about one plan, in bytes, seconds and counts."""
    found, geometry = one.estimate, one.task.setting.geometry
    told = asdict(found.work) | {"packs": len(found.work.packs)} if found.work is not None else None
    return {
        "cell": one.name,
        "device": asdict(one.device),
        "precision": one.task.setting.precision,
        "quant": one.task.setting.quant,
        "parameters": geometry.parameters(),
        "trainable_parameters": trainable_parameters(one.task.setting),
        "micro_batch_tokens": one.task.micro_batch_tokens,
        "cutoff": one.task.cutoff,
        "work": told,
        "memory": found.memory.parts() | {"total": found.memory.total},
        "fits": found.fits,
        "change": list(one.change.words) if one.change is not None else None,
        "speed": asdict(found.speed) if found.speed is not None else None,
        "seconds": found.seconds,
        "measured": asdict(one.done) if one.done is not None else None,
        "memory_error": memory_error(one),
        "notes": list(one.notes),
    }


def memory_error(one: Planned) -> float | None:
    """How far the planned memory is from what the finished cell took, as a share of that.

    torch counts what tensors take on a GPU: neither the context nor what its allocator holds beside them.
    """
    if one.done is None:
        return None
    memory = one.estimate.memory
    seen = memory.total - (memory.framework + memory.allocator if one.device.on_gpu else 0)
    return seen / one.done.peak_bytes - 1


def _cells(planned: Sequence[Planned]) -> Table:
    table = _table(f"planned for {_device(planned[0].device)}")
    table.add_column("", overflow="fold", min_width=19)
    for heading in ("params", "trained", "steps", "tokens", "memory", "fits", "time"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in planned:
        table.add_row(*map(Text, _row(one)))
    return table


def _table(title: str) -> Table:
    looks = {"title_justify": "left", "title_style": "bold", "box": None, "pad_edge": False, "padding": (0, 2, 0, 0)}
    return Table(title=Text(title), **looks)  # type: ignore[arg-type]


def _row(one: Planned) -> tuple[str, ...]:
    found = one.estimate
    counts = ("?", "?") if found.work is None else (f"{found.work.steps:,}", _about(found.work.tokens))
    return (
        inert(one.name),
        _about(one.task.setting.geometry.parameters()),
        _about(trainable_parameters(one.task.setting)),
        *counts,
        _gib(found.memory.total),
        _fits(one),
        "?" if found.seconds is None else _span(found.seconds),
    )


def _fits(one: Planned) -> str:
    if not one.estimate.fits:
        return "no"
    return "tight" if one.estimate.memory.total > TIGHT * one.device.memory else "yes"


def measured_beside(one: Planned) -> str:
    """What a finished cell took, beside what is planned for it."""
    error = memory_error(one)
    if one.done is None or error is None:
        return ""
    span = "" if one.estimate.seconds is None else f" and {_span(one.estimate.seconds)}"
    planned = f"planned {_gib(one.estimate.memory.total)} ({100 * error:+.1f} %){span}"
    return f"{one.name} is done: it took {_gib(one.done.peak_bytes)} and {_span(one.done.seconds)}; {planned}"


def _parts(one: Planned) -> Table:
    table = _table(f"{inert(one.name)}, part by part")
    table.add_column("")
    table.add_column("GiB", justify="right")
    table.add_column("share", justify="right")
    total = one.estimate.memory.total
    for part, size in one.estimate.memory.parts().items():
        if size:
            table.add_row(PARTS[part], f"{size / GIB:.2f}", f"{size / total:.0%}")
    table.add_row("together", f"{total / GIB:.2f}", "", style="bold")
    return table


def _told(one: Planned) -> list[str]:
    """What the figures of the detailed cell rest on."""
    task, setting = one.task, one.task.setting
    said = (
        f"{setting.precision}, quant={setting.quant}, train.cutoff={task.cutoff}, "
        f"train.micro_batch_tokens={task.micro_batch_tokens}"
    )
    if (work := one.estimate.work) is not None:
        said += f"; largest pack {max(work.packs)[0]:,} tokens; {work.tokens:,} tokens in all"
        said += "" if work.exact else ", about"
    speed = one.estimate.speed
    rate = [f"{speed.tokens_per_second:,.0f} tokens a second: {speed.source}"] if speed is not None else []
    return [said, *rate, f"{one.device.name}: {one.device.source}"]


def _notes(planned: Sequence[Planned]) -> list[str]:
    """Each note once, with the cells that it is about where it is not about all."""
    about: dict[str, list[str]] = {}
    for one in planned:
        for note in one.notes:
            about.setdefault(note, []).append(one.name)
    return [
        f"note: {note}" if len(names) == len(planned) else f"note ({', '.join(names)}): {note}"
        for note, names in about.items()
    ]


def _device(device: Device) -> str:
    return f"{inert(device.name)}, {_gib(device.memory)}"


def _gib(size: float) -> str:
    return f"{size / GIB:.1f} GiB"


def _about(number: int) -> str:
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return str(number)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"

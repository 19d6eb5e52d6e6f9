"""The smallest change with which a cell fits: changes are tried on the memory model, the mildest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hackmentor.model.geometry import Geometry
from hackmentor.plan.estimate import Task
from hackmentor.runtime.errors import UserError

LEAST_CUTOFF = 128


@dataclass(frozen=True)
class Change:
    """What to type after the command, and what it makes of the task."""

    words: tuple[str, ...]
    task: Task


def smallest_change(task: Task, memory: int, sizes: Mapping[str, Geometry]) -> Change | None:
    """The first change after which a task fits into so many bytes; None if none does. `sizes`: others of its base."""
    return next((change for change in changes(task, sizes) if _fits(change.task, memory)), None)


def _fits(task: Task, memory: int) -> bool:
    """Whether training would begin with these settings, and fit into so many bytes."""
    try:
        return task.memory(task.work()).total <= memory
    except UserError:  # such a cutoff leaves no record, or a record over it is an error
        return False


def changes(task: Task, sizes: Mapping[str, Geometry]) -> Iterator[Change]:
    """All that are tried, in order.

    Less at once changes no result; int8 and nf4 cost little of it; a lower cutoff loses text; a smaller base is another
    cell. Each later kind is tried with as much at once as possible, too.
    """
    yield from _less_at_once(Change((), task), also_as_it_is=False)
    quantised = list(_quantised(task))
    for change in quantised:
        yield from _less_at_once(change)
    smallest = quantised[-1] if quantised else Change((), task)
    for change in _shorter(smallest):
        yield from _less_at_once(change)
    smaller = {name: one for name, one in sizes.items() if one.parameters() < task.setting.geometry.parameters()}
    for name, geometry in sorted(smaller.items(), key=lambda item: -item[1].parameters()):
        setting = replace(task.setting, geometry=geometry, mapped_bytes=0)
        yield from _less_at_once(Change((f"size={name}",), replace(task, setting=setting)))


def _less_at_once(change: Change, *, also_as_it_is: bool = True) -> Iterator[Change]:
    """Half as many tokens at once, and again, down to the cutoff: a record of the longest kind must fit."""
    if also_as_it_is:
        yield change
    most, cutoff = change.task.micro_batch_tokens, change.task.cutoff
    while most > cutoff:
        most = max(most // 2, cutoff)
        yield Change((*change.words, f"train.micro_batch_tokens={most}"), replace(change.task, micro_batch_tokens=most))


def _quantised(task: Task) -> Iterator[Change]:
    """Fewer bits a frozen weight; trained weights take none, and sharded ones can't have them."""
    if task.setting.rank is None or task.setting.shards:
        return
    if task.setting.quant == "none":
        yield Change(("quant=int8",), replace(task, setting=replace(task.setting, quant="int8")))
    if task.setting.quant != "nf4":
        yield Change(("quant=nf4",), replace(task, setting=replace(task.setting, quant="nf4")))


def _shorter(change: Change) -> Iterator[Change]:
    """Half the cutoff, and again, with just one record of the longest kind at once."""
    cutoff = change.task.cutoff // 2
    while cutoff >= LEAST_CUTOFF:
        words = (*change.words, f"train.cutoff={cutoff}", f"train.micro_batch_tokens={cutoff}")
        yield Change(words, replace(change.task, cutoff=cutoff, micro_batch_tokens=cutoff))
        cutoff //= 2

"""The smallest configuration change that makes a cell fit the device: tried on the memory model, mildest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hackmentor.model.geometry import Geometry
from hackmentor.plan.estimate import TrainingRun
from hackmentor.runtime.errors import UserError

MIN_CUTOFF = 128


@dataclass(frozen=True)
class ConfigChange:
    """Overrides to add to the command, and the run that results."""

    overrides: tuple[str, ...]
    run: TrainingRun


def find_smallest_change(run: TrainingRun, memory: int, sizes: Mapping[str, Geometry]) -> ConfigChange | None:
    """Finds the first change after which a run fits into `memory` bytes; None if none does.

    `sizes` are the geometries of the base's other sizes.
    """
    return next((change for change in iterate_changes(run, sizes) if _is_feasible(change.run, memory)), None)


def _is_feasible(run: TrainingRun, memory: int) -> bool:
    """Whether training would start with these settings and fit into `memory` bytes."""
    try:
        return run.compute_memory(run.count_workload()).total <= memory
    except UserError:  # the cutoff leaves no record, or a record over it is an error
        return False


def iterate_changes(run: TrainingRun, sizes: Mapping[str, Geometry]) -> Iterator[ConfigChange]:
    """Yields all changes that are tried, in order.

    Smaller micro-batches change no result; int8 and nf4 cost little quality; a lower cutoff loses text; a smaller base
    is another cell. Each later kind is combined with the largest micro-batch that fits.
    """
    yield from _shrink_micro_batch(ConfigChange((), run), include_unchanged=False)
    quantised = list(_quantise(run))
    for change in quantised:
        yield from _shrink_micro_batch(change)
    smallest = quantised[-1] if quantised else ConfigChange((), run)
    for change in _lower_cutoff(smallest):
        yield from _shrink_micro_batch(change)
    smaller = {
        name: geometry for name, geometry in sizes.items() if geometry.parameters() < run.setup.geometry.parameters()
    }
    for name, geometry in sorted(smaller.items(), key=lambda item: -item[1].parameters()):
        setup = replace(run.setup, geometry=geometry, mapped_bytes=0)
        yield from _shrink_micro_batch(ConfigChange((f"size={name}",), replace(run, setup=setup)))


def _shrink_micro_batch(change: ConfigChange, *, include_unchanged: bool = True) -> Iterator[ConfigChange]:
    """Halves the micro-batch repeatedly, down to the cutoff: the longest record must fit into it."""
    if include_unchanged:
        yield change
    tokens, cutoff = change.run.micro_batch_tokens, change.run.cutoff
    while tokens > cutoff:
        tokens = max(tokens // 2, cutoff)
        yield ConfigChange(
            (*change.overrides, f"train.micro_batch_tokens={tokens}"), replace(change.run, micro_batch_tokens=tokens)
        )


def _quantise(run: TrainingRun) -> Iterator[ConfigChange]:
    """Fewer bits per frozen weight; trained and sharded weights can't be quantised."""
    if run.setup.rank is None or run.setup.shards:
        return
    if run.setup.quant == "none":
        yield ConfigChange(("quant=int8",), replace(run, setup=replace(run.setup, quant="int8")))
    if run.setup.quant != "nf4":
        yield ConfigChange(("quant=nf4",), replace(run, setup=replace(run.setup, quant="nf4")))


def _lower_cutoff(change: ConfigChange) -> Iterator[ConfigChange]:
    """Halves the cutoff repeatedly, with a micro-batch of one record of that length."""
    cutoff = change.run.cutoff // 2
    while cutoff >= MIN_CUTOFF:
        overrides = (*change.overrides, f"train.cutoff={cutoff}", f"train.micro_batch_tokens={cutoff}")
        yield ConfigChange(overrides, replace(change.run, cutoff=cutoff, micro_batch_tokens=cutoff))
        cutoff //= 2

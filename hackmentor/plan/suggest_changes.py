"""The smallest configuration change that makes a cell fit the device: tried on the memory model, mildest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hackmentor.model.geometry import Geometry
from hackmentor.plan.estimate import TrainingRun
from hackmentor.runtime.errors import UserError
from hackmentor.train.memory_model.training_setup import TrainingSetup

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

    Smaller micro-batches change no result, nor does recomputation, which takes longer; moments in 8 bit, int8 and
    nf4 cost little quality; a lower cutoff loses text; a smaller base is another cell. Each later kind is combined with
    those before it that keep the records, and with the largest micro-batch that fits.
    """
    unchanged = ConfigChange((), run)
    yield from _shrink_micro_batch(unchanged, include_unchanged=False)
    kept_less = list(_keep_less(unchanged))
    for change in kept_less:
        yield from _shrink_micro_batch(change)
    smallest = kept_less[-1] if kept_less else unchanged
    quantised = list(_quantise(smallest))
    for change in quantised:
        yield from _shrink_micro_batch(change)
    smallest = quantised[-1] if quantised else smallest
    for change in _lower_cutoff(smallest):
        yield from _shrink_micro_batch(change)
    smaller = {
        name: geometry for name, geometry in sizes.items() if geometry.parameters() < run.setup.geometry.parameters()
    }
    for name, geometry in sorted(smaller.items(), key=lambda item: -item[1].parameters()):
        setup = replace(run.setup, geometry=geometry, mapped_bytes=0)
        change = ConfigChange((f"size={name}",), replace(run, setup=setup))
        for each in (change, *_keep_less(change)):
            yield from _shrink_micro_batch(each)


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


def _keep_less(change: ConfigChange) -> Iterator[ConfigChange]:
    """Recomputation, then moments in 8 bit as well where they are what takes memory: those of adapters are small."""
    setup = change.run.setup
    if not setup.recomputes:
        setup = replace(setup, recomputes=True)
        change = _change_setup(change, "train.recompute=layers", setup)
        yield change
    if setup.optimizer == "adamw" and setup.rank is None and not setup.shards:
        yield _change_setup(change, "optimizer.name=adamw_8bit", replace(setup, optimizer="adamw_8bit"))


def _quantise(change: ConfigChange) -> Iterator[ConfigChange]:
    """Fewer bits per frozen weight; trained and sharded weights can't be quantised."""
    setup = change.run.setup
    if setup.rank is None or setup.shards:
        return
    if setup.quant == "none":
        yield _change_setup(change, "quant=int8", replace(setup, quant="int8"))
    if setup.quant != "nf4":
        yield _change_setup(change, "quant=nf4", replace(setup, quant="nf4"))


def _change_setup(change: ConfigChange, override: str, setup: TrainingSetup) -> ConfigChange:
    return ConfigChange((*change.overrides, override), replace(change.run, setup=setup))


def _lower_cutoff(change: ConfigChange) -> Iterator[ConfigChange]:
    """Halves the cutoff repeatedly, with a micro-batch of one record of that length."""
    cutoff = change.run.cutoff // 2
    while cutoff >= MIN_CUTOFF:
        overrides = (*change.overrides, f"train.cutoff={cutoff}", f"train.micro_batch_tokens={cutoff}")
        yield ConfigChange(overrides, replace(change.run, cutoff=cutoff, micro_batch_tokens=cutoff))
        cutoff //= 2

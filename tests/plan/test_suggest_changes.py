"""The suggested change fits by the memory model, and no milder one does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hackmentor.plan.devices import GIB
from hackmentor.plan.estimate import TrainingRun
from hackmentor.plan.suggest_changes import find_smallest_change, iterate_changes
from hackmentor.plan.workload import RecordSample
from hackmentor.prompts.encode import OverlengthPolicy
from hackmentor.prompts.example import Example
from hackmentor.train.memory_model.training_setup import TrainingSetup
from tests.model.test_geometry import published

LENGTHS = [100 + 37 * index % 900 for index in range(64)]
RECORDS = RecordSample(64, tuple(Example(str(n), [0] * n, [False] + [True] * (n - 1)) for n in LENGTHS), tokenized=True)
SETUP = TrainingSetup(published("llama", "13b"), "none", "bf16-mixed", 8, ("q_proj", "v_proj"), 0.05, on_gpu=True)
RUN = TrainingRun(
    setup=SETUP, records=RECORDS, cutoff=1024, overlength="drop", batch_size=32, micro_batch_tokens=4096, epochs=1,
    max_steps=-1, devices=1, seed=0, held_out_records=32,
)  # fmt: skip
SIZES = {"7b": published("llama", "7b")}

EXPECTED = {
    48: ("train.micro_batch_tokens=2048",),
    40: ("train.micro_batch_tokens=1024",),
    32: ("train.recompute=layers",),
    24: ("train.recompute=layers", "quant=int8"),
    16: ("train.recompute=layers", "quant=int8", "train.micro_batch_tokens=2048"),
    12: ("train.recompute=layers", "quant=nf4"),
    8: ("train.recompute=layers", "quant=nf4", "train.cutoff=512", "train.micro_batch_tokens=512"),
}


@pytest.mark.parametrize("gib", [60, 48, 40, 32, 24, 20, 16, 12, 10])
def test_it_fits_and_nothing_milder_does(gib: int) -> None:
    memory = gib * GIB
    smallest = find_smallest_change(RUN, memory, SIZES)
    assert smallest is not None
    tried = {
        change.overrides: change.run.compute_memory(change.run.count_workload()).total
        for change in iterate_changes(RUN, SIZES)
    }
    assert tried[smallest.overrides] <= memory
    milder = list(tried)[: list(tried).index(smallest.overrides)]
    assert all(tried[overrides] > memory for overrides in milder)


@pytest.mark.parametrize(("gib", "overrides"), EXPECTED.items())
def test_the_order_of_changes(gib: int, overrides: tuple[str, ...]) -> None:
    change = find_smallest_change(RUN, gib * GIB, SIZES)
    assert change is not None
    assert change.overrides == overrides


def test_a_smaller_size_comes_last() -> None:
    full = replace(RUN, setup=replace(SETUP, rank=None, targets=()))
    change = find_smallest_change(full, 141 * GIB, SIZES)
    assert change is not None
    assert change.overrides[0] == "size=7b"


def test_moments_in_8_bit_make_room_for_a_whole_model() -> None:
    full = replace(RUN, setup=replace(SETUP, rank=None, targets=()))
    change = find_smallest_change(full, 190 * GIB, SIZES)
    assert change is not None
    assert change.overrides == ("train.recompute=layers", "optimizer.name=adamw_8bit")


@pytest.mark.parametrize("overlength", ["error", "drop"])
def test_no_cutoff_is_advised_that_training_would_refuse(overlength: OverlengthPolicy) -> None:
    long = RecordSample(1, (Example("long", [0] * 1000, [True] * 1000),), tokenized=True)
    run = replace(RUN, records=long, overlength=overlength)
    assert find_smallest_change(run, 7 * GIB, {}) is None
    assert find_smallest_change(replace(run, overlength="truncate"), 10 * GIB, {}) is not None


def test_where_nothing_helps_nothing_is_advised() -> None:
    assert find_smallest_change(RUN, GIB, SIZES) is None

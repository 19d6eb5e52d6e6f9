"""The advice: by the model it fits, and nothing milder does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hackmentor.plan.devices import GIB
from hackmentor.plan.estimate import Task
from hackmentor.plan.suggest_changes import changes, smallest_change
from hackmentor.plan.training_setup import Setting
from hackmentor.plan.workload import Sampled
from hackmentor.prompts.encode import Overlength
from hackmentor.prompts.example import Example
from tests.model.test_geometry import published

LENGTHS = [100 + 37 * place % 900 for place in range(64)]
RECORDS = Sampled(64, tuple(Example(str(n), [0] * n, [False] + [True] * (n - 1)) for n in LENGTHS), counted=True)
SETTING = Setting(published("llama", "13b"), "none", "bf16-mixed", 8, ("q_proj", "v_proj"), 0.05, on_gpu=True)
TASK = Task(
    setting=SETTING, records=RECORDS, cutoff=1024, overlength="drop", batch_size=32, micro_batch_tokens=4096, epochs=1,
    max_steps=-1, devices=1, seed=0, held_out=32,
)  # fmt: skip
SIZES = {"7b": published("llama", "7b")}

EXPECTED = {
    48: ("train.micro_batch_tokens=2048",),
    40: ("train.micro_batch_tokens=1024",),
    24: ("quant=int8", "train.micro_batch_tokens=1024"),
    16: ("quant=nf4", "train.micro_batch_tokens=1024"),
    12: ("quant=nf4", "train.cutoff=512", "train.micro_batch_tokens=512"),
}


@pytest.mark.parametrize("gib", [60, 48, 40, 32, 24, 20, 16, 12, 10])
def test_it_fits_and_nothing_milder_does(gib: int) -> None:
    memory = gib * GIB
    change = smallest_change(TASK, memory, SIZES)
    assert change is not None
    tried = {one.words: one.task.memory(one.task.work()).total for one in changes(TASK, SIZES)}
    assert tried[change.words] <= memory
    milder = list(tried)[: list(tried).index(change.words)]
    assert all(tried[words] > memory for words in milder)


@pytest.mark.parametrize(("gib", "words"), EXPECTED.items())
def test_the_order_of_changes(gib: int, words: tuple[str, ...]) -> None:
    change = smallest_change(TASK, gib * GIB, SIZES)
    assert change is not None
    assert change.words == words


def test_a_smaller_size_comes_last() -> None:
    full = replace(TASK, setting=replace(SETTING, rank=None, targets=()))
    change = smallest_change(full, 141 * GIB, SIZES)
    assert change is not None
    assert change.words[0] == "size=7b"


@pytest.mark.parametrize("overlength", ["error", "drop"])
def test_no_cutoff_is_advised_that_training_would_refuse(overlength: Overlength) -> None:
    long = Sampled(1, (Example("long", [0] * 1000, [True] * 1000),), counted=True)
    task = replace(TASK, records=long, overlength=overlength)
    assert smallest_change(task, 7 * GIB, {}) is None
    assert smallest_change(replace(task, overlength="truncate"), 10 * GIB, {}) is not None


def test_where_nothing_helps_nothing_is_advised() -> None:
    assert smallest_change(TASK, GIB, SIZES) is None

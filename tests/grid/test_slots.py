"""How GPUs and processors are shared out."""

from __future__ import annotations

import pytest

from hackmentor.config.schema import TrainerSettings
from hackmentor.grid.devices import GpuSlots, count_gpus, count_processes, list_visible_gpus

GPUS = ["0", "1", "2", "3"]
AS_MANY = {
    "as many as there are GPUs": (GPUS, [1, 1], 4),
    "two GPUs each": (GPUS, [2, 2], 2),
    "the largest decides": (GPUS, [1, 3], 1),
    "one that takes all": (GPUS, [1, None], 1),
    "on the processor": (GPUS, [0, 0], 1),
    "no GPU": ([], [0], 1),
}  # fmt: skip


@pytest.mark.parametrize(("gpus", "needs", "expected"), AS_MANY.values(), ids=AS_MANY.keys())
def test_how_many_at_a_time(gpus: list[str], needs: list[int | None], expected: int) -> None:
    assert GpuSlots(gpus, needs, None).max_parallel == expected


def test_no_gpu_is_given_twice_while_there_are_others() -> None:
    slots = GpuSlots(GPUS, [1], None)
    taken = [slots.acquire(1) for _ in range(4)]
    assert sorted(gpu for gpus in taken if gpus for gpu in gpus) == GPUS
    assert slots.acquire(1) is None
    slots.release(["2"])
    assert slots.acquire(1) == ["2"]


def test_more_cells_than_gpus_share_them_evenly() -> None:
    slots = GpuSlots(["0", "1"], [1], 4)
    assert sorted(slots.acquire(1) or [] for _ in range(4)) == [["0"], ["0"], ["1"], ["1"]]


def settings(**words: object) -> TrainerSettings:
    whole = {"accelerator": "gpu", "devices": 1, "num_nodes": 1, "strategy": "auto", "precision": "auto"}
    return TrainerSettings.model_validate({**whole, "max_epochs": 1, "max_steps": -1, **words})


def test_what_a_cell_takes() -> None:
    takes: dict[int | str, int | None] = {1: 1, 2: 2, -1: None, "auto": None}
    assert {devices: count_gpus(settings(devices=devices), GPUS) for devices in takes} == takes
    assert count_gpus(settings(devices=[0, 1]), GPUS) is None
    assert count_gpus(settings(accelerator="cpu", devices=2), GPUS) == count_gpus(settings(), []) == 0
    assert [count_processes(settings(devices=devices), GPUS) for devices in (1, 2, -1, "auto", [0, 1])] == [
        1,
        2,
        4,
        4,
        2,
    ]
    assert count_processes(settings(accelerator="cpu", devices="auto"), GPUS) == 1


def test_which_gpus_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, GPU-abc")
    assert list_visible_gpus() == ["2", "GPU-abc"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert list_visible_gpus() == []

"""The states of random generators move between machines with other numbers of GPUs. No GPU here: it is stood in for."""

from __future__ import annotations

import pytest
import torch

from hackmentor.train.rng import get_random_states, restore_random_states


class VisibleGpus:
    """What torch.cuda says on a machine with so many GPUs, of which the process computes on one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, count: int, current: int = 0) -> None:
        self.states = [torch.tensor([10 + place], dtype=torch.uint8) for place in range(count)]
        self.current = current
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "current_device", lambda: current)
        monkeypatch.setattr(torch.cuda, "get_rng_state", lambda: self.states[current])
        monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: list(self.states))
        monkeypatch.setattr(torch.cuda, "set_rng_state", self.set_state)

    def set_state(self, state: torch.Tensor) -> None:
        self.states[self.current] = state


@pytest.mark.parametrize(("before", "used", "after", "current"), [(8, 3, 1, 0), (1, 0, 8, 5), (2, 1, 2, 0)])
def test_the_state_of_the_device_in_use_moves(
    monkeypatch: pytest.MonkeyPatch, before: int, used: int, after: int, current: int
) -> None:
    VisibleGpus(monkeypatch, before, used)
    saved = get_random_states()
    assert [state.tolist() for state in saved["cuda"]] == [[10 + used]]
    there = VisibleGpus(monkeypatch, after, current)
    restore_random_states(saved)
    expected = [[10 + used] if place == current else [10 + place] for place in range(after)]
    assert [state.tolist() for state in there.states] == expected


def test_a_checkpoint_of_an_earlier_version_has_a_state_of_each_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = get_random_states() | {"cuda": [torch.tensor([place], dtype=torch.uint8) for place in range(8)]}
    there = VisibleGpus(monkeypatch, 1)
    restore_random_states(earlier)
    assert [state.tolist() for state in there.states] == [[0]]


def test_a_checkpoint_moves_between_processor_and_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    on_processor = get_random_states()
    there = VisibleGpus(monkeypatch, 2)
    restore_random_states(on_processor | {"cuda": []})
    assert [state.tolist() for state in there.states] == [[10], [11]]
    on_gpu = get_random_states()
    VisibleGpus(monkeypatch, 0)
    restore_random_states(on_gpu)
    assert torch.equal(torch.get_rng_state(), on_gpu["torch"])

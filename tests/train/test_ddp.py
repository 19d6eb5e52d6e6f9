"""A cell on two processes with steps of fewer records than that: none waits for the other for ever."""

from __future__ import annotations

import pytest
from safetensors.torch import load_file

from tests.train.conftest import Place


def test_a_step_of_one_record_on_two_devices_is_that_of_one(
    place: Place, another_place: Place, tiny_words: list[str]
) -> None:
    words = [*tiny_words, "trainer.precision=32-true", "quant=none", "method.dropout=0", "tracker=none"]
    words += ["train.batch_size=1", "trainer.max_steps=4", "train.recompute=layers"]
    assert place.attempt(words) == 0, place.log
    assert another_place.attempt([*words, "trainer.strategy=ddp", "trainer.devices=2"], devices=2) == 0
    one, two = (load_file(which.cell / "adapter" / "adapter_model.safetensors") for which in (place, another_place))
    for name, tensor in one.items():
        assert two[name].numpy() == pytest.approx(tensor.numpy(), abs=2e-6), name
    assert another_place.card["figures"]["val_loss"] == pytest.approx(place.card["figures"]["val_loss"], abs=1e-5)

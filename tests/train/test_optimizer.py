"""AdamW in its forms: what decays, what learns faster, the rate of each step, and going on to the same bits."""

from __future__ import annotations

import csv
import io
import math
import signal
from typing import get_args

import pytest
import torch

from hackmentor.train.optimizer import (
    AdamWSettings,
    OptimizerName,
    build_optimizer,
    build_parameter_groups,
    build_schedule,
    compute_rate_factor,
)
from tests.train.conftest import Place
from tests.train.test_restarts import KILLED

SETTINGS = AdamWSettings(1e-2, 0.1, (0.9, 0.999), 1e-8, 0.25, "linear", 1.0)


def named(*shapes: tuple[int, ...]) -> list[tuple[str, torch.nn.Parameter]]:
    generator = torch.Generator().manual_seed(0)
    return [(f"w{n}", torch.nn.Parameter(torch.randn(shape, generator=generator))) for n, shape in enumerate(shapes)]


def test_norms_and_biases_do_not_decay() -> None:
    parameters = named((4, 4), (4,), (2, 4))
    parameters[2][1].requires_grad = False
    matrices, others = build_parameter_groups(parameters, SETTINGS)
    assert (matrices["params"], matrices["weight_decay"]) == ([parameters[0][1]], 0.1)
    assert (others["params"], others["weight_decay"]) == ([parameters[1][1]], 0.0)


def test_the_second_factor_learns_faster_where_that_is_asked() -> None:
    names = ["layer.q_proj.lora_A.default.weight", "layer.q_proj.lora_B.default.weight"]
    parameters = list(zip(names, (parameter for _, parameter in named((2, 8), (8, 2))), strict=True))
    (together,) = build_parameter_groups(parameters, SETTINGS)
    assert len(together["params"]) == 2
    settings = AdamWSettings(**{**vars(SETTINGS), "lora_plus": 16.0})
    groups = build_parameter_groups(parameters, settings)
    assert [group["lr"] for group in groups] == [1e-2, 0.16]
    optimizer = build_optimizer(parameters, settings, fused=False)
    schedule = build_schedule(optimizer, settings, steps=8)
    assert schedule.get_last_lr() == pytest.approx([1e-2 / 3, 0.16 / 3]), "one schedule for both"


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
@pytest.mark.parametrize("warmup", [0, 1, 3])
def test_no_step_has_a_rate_of_zero_and_none_a_higher_one(schedule: str, warmup: int) -> None:
    rates = [compute_rate_factor(n, warmup=warmup, steps=12, schedule=schedule) for n in range(12)]  # type: ignore[arg-type]
    assert all(0 < rate <= 1 for rate in rates)
    assert rates[warmup] == 1
    assert rates[:warmup] == pytest.approx([(n + 1) / (warmup + 1) for n in range(warmup)])
    left = [n / (12 - warmup) for n in range(12 - warmup)]
    fall = {"constant": lambda _: 1, "linear": lambda x: 1 - x, "cosine": lambda x: (1 + math.cos(math.pi * x)) / 2}
    assert rates[warmup:] == pytest.approx([fall[schedule](x) for x in left])


def take_steps(optimizer: torch.optim.Optimizer, parameters: list[tuple[str, torch.nn.Parameter]], count: int) -> None:
    for _ in range(count):
        sum((parameter**2).sum() for _, parameter in parameters).backward()  # type: ignore[union-attr]
        optimizer.step()
        optimizer.zero_grad()


@pytest.mark.filterwarnings("ignore:Paged optimizers are not supported on CPU")
@pytest.mark.parametrize("name", get_args(OptimizerName))
def test_it_goes_on_to_the_same_bits_and_as_plain_adamw_does(name: OptimizerName) -> None:
    settings = AdamWSettings(**{**vars(SETTINGS), "name": name})
    shapes = ((80, 64), (64,))  # over and under what is held in 8 bit
    parameters, plain = named(*shapes), named(*shapes)
    optimizer = build_optimizer(parameters, settings, fused=False)
    take_steps(optimizer, parameters, 3)
    saved = io.BytesIO()
    torch.save([optimizer.state_dict(), [parameter.detach() for _, parameter in parameters]], saved)
    take_steps(optimizer, parameters, 2)
    saved.seek(0)
    state, weights = torch.load(saved, weights_only=True)
    again = [(f"w{n}", torch.nn.Parameter(weight)) for n, weight in enumerate(weights)]
    resumed = build_optimizer(again, settings, fused=False)
    resumed.load_state_dict(state)
    take_steps(resumed, again, 2)
    reference = build_optimizer(plain, SETTINGS, fused=False)
    take_steps(reference, plain, 5)
    for (_, one), (_, other), (_, exact) in zip(parameters, again, plain, strict=True):
        assert torch.equal(one, other)
        torch.testing.assert_close(one, exact, rtol=0, atol=1e-6 if "8bit" not in name else 1e-2)
    moments = {tensor.dtype for tensor in optimizer.state[parameters[0][1]].values() if torch.is_tensor(tensor)}
    assert (torch.uint8 in moments) == ("8bit" in name)


def test_a_cell_with_moments_in_8_bit_goes_on_and_logs_the_rate_it_used(
    place: Place, another_place: Place, restart_words: list[str]
) -> None:
    words = [*restart_words, "optimizer=adamw_8bit", "optimizer.lora_plus=4", "trainer.max_steps=10"]
    words += ["optimizer.warmup_fraction=0.3", "optimizer.schedule=linear", "method.rank=64", "train.recompute=layers"]
    assert place.attempt(words) == 0, place.log
    assert another_place.attempt(words, signal.SIGKILL, rows=4) == KILLED, another_place.log
    assert another_place.attempt(words) == 0, another_place.log
    assert another_place.result() == place.result()
    state = torch.load(place.cell / "checkpoints" / "step=10.ckpt", weights_only=True)["optimizer_states"][0]["state"]
    assert "torch.uint8" in str(state)
    with (place.cell / "metrics.csv").open(newline="") as stream:
        rates = [float(row["lr"]) for row in csv.DictReader(stream) if row["lr"]]
    expected = [0.01 * compute_rate_factor(step, warmup=3, steps=10, schedule="linear") for step in range(10)]
    assert rates == pytest.approx(expected)

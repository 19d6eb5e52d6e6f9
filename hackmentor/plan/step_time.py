"""How long training takes: the operations of its matrix products by the speed of the device, or by a measured speed."""

from __future__ import annotations

from dataclasses import dataclass

from hackmentor.model.geometry import Geometry
from hackmentor.plan.training_setup import Setting, trainable_parameters
from hackmentor.plan.workload import Work

# The share of the device's peak that training reaches. Assumptions, no measurements of this machine: quantised matrices
# are turned back into numbers before each product. Earlier cells, where there are any, say better.
UTILISATION_GPU = {"none": 0.40, "nf4": 0.30, "int8": 0.20}
UTILISATION_CPU = {"none": 0.55, "nf4": 0.40, "int8": 0.45}


@dataclass(frozen=True)
class Speed:
    """Tokens a second on one device, and where the number is from."""

    tokens_per_second: float
    source: str


def step_flops(setting: Setting, work: Work) -> float:
    """Operations of all optimizer steps.

    A product with a matrix of n weights takes 2n operations a token forward, 2n for the gradient of its input and,
    where it is trained, 2n for its own (Kaplan et al. 2020, section 2.1). Causal attention over a record of L tokens
    takes 2 L² features forward and 2.5 times that backward (Dao 2023). The output layer sees trained tokens alone.
    """
    geometry, full = setting.geometry, setting.rank is None
    products = geometry.linear_parameters() * work.computed_tokens
    output = geometry.hidden * geometry.vocab * work.trained_tokens
    adapter = 0 if full else 6 * trainable_parameters(setting) * work.computed_tokens
    return (6 if full else 4) * (products + output) + adapter + 3.5 * _attention(geometry, work)


def forward_flops(setting: Setting, tokens: float) -> float:
    """Operations of measuring the held-out loss over so many tokens."""
    return 2 * setting.geometry.linear_parameters() * tokens


def _attention(geometry: Geometry, work: Work) -> float:
    return 2 * geometry.layers * geometry.queries * work.squares


def seconds(setting: Setting, work: Work, held_out_tokens: float, speed: Speed, devices: int) -> float:
    """Of the whole fit with its measurements of the held-out loss, without the start of the process."""
    steps = step_flops(setting, work)
    relative = 1 + forward_flops(setting, held_out_tokens) / steps
    return work.tokens * relative / (speed.tokens_per_second * devices)


def expected_speed(setting: Setting, work: Work, peak_flops: float) -> Speed:
    """The speed at an assumed share of the device's peak."""
    share = (UTILISATION_GPU if setting.on_gpu else UTILISATION_CPU)[setting.quant]
    each = step_flops(setting, work) / work.tokens
    return Speed(peak_flops * share / each, f"{share:.0%} of the device's peak, an assumption")

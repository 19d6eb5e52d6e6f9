"""Training time: the FLOPs of the matrix products over the speed of the device, or by a measured speed."""

from __future__ import annotations

from dataclasses import dataclass

from hackmentor.model.geometry import Geometry
from hackmentor.plan.workload import Workload
from hackmentor.train.memory_model.training_setup import TrainingSetup, count_trainable_parameters

# The share of the device's peak that training reaches (model FLOPs utilisation). Assumptions, not measured on this
# machine: quantised matrices are dequantised before each product. Finished cells, if any, give a better figure.
UTILISATION_GPU = {"none": 0.40, "nf4": 0.30, "int8": 0.30}
UTILISATION_CPU = {"none": 0.55, "nf4": 0.40, "int8": 0.45}


@dataclass(frozen=True)
class Speed:
    """Tokens per second on one device, and the source of that number."""

    tokens_per_second: float
    source: str


def count_training_flops(setup: TrainingSetup, workload: Workload) -> float:
    """FLOPs of all optimizer steps.

    A product with a matrix of n weights takes 2n FLOPs per token forward, 2n for the gradient of its input and, if it
    is trained, 2n for its own gradient (Kaplan et al. 2020, section 2.1). Causal attention over a record of L tokens
    takes 2 L² features forward and 2.5 times that backward (Dao 2023). The output layer sees trained tokens only. With
    recomputation each layer has its forward pass twice.
    """
    geometry, full = setup.geometry, setup.rank is None
    again, passes = (1 if setup.recomputes else 0), (6 if full else 4)
    products = geometry.computed_parameters() * workload.computed_tokens
    output = geometry.hidden * geometry.vocab * workload.trained_tokens
    adapter = 0 if full else count_trainable_parameters(setup) * workload.computed_tokens
    layers = (passes + 2 * again) * products + (6 + 2 * again) * adapter
    return layers + passes * output + (3.5 + again) * _count_attention_flops(geometry, workload)


def count_forward_flops(setup: TrainingSetup, tokens: float) -> float:
    """FLOPs of measuring the held-out loss over this many tokens."""
    return 2 * setup.geometry.computed_parameters() * tokens


def _count_attention_flops(geometry: Geometry, workload: Workload) -> float:
    return 2 * geometry.layers * geometry.queries * workload.squares


def estimate_seconds(
    setup: TrainingSetup, workload: Workload, held_out_tokens: float, speed: Speed, devices: int
) -> float:
    """Seconds of the whole training run with its measurements of the held-out loss, without process start-up."""
    training = count_training_flops(setup, workload)
    relative = 1 + count_forward_flops(setup, held_out_tokens) / training
    return workload.tokens * relative / (speed.tokens_per_second * devices)


def estimate_speed(setup: TrainingSetup, workload: Workload, peak_flops: float) -> Speed:
    """The speed at an assumed share of the device's peak FLOP/s."""
    share = (UTILISATION_GPU if setup.on_gpu else UTILISATION_CPU)[setup.quant]
    flops_per_token = count_training_flops(setup, workload) / workload.tokens
    return Speed(peak_flops * share / flops_per_token, f"{share:.0%} of the device's peak, an assumption")

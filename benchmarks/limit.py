"""What a training step has to compute, and how fast this machine multiplies matrices of just these shapes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import torch
from peft import PeftModel

from hackmentor.model.cpu.linear import multiply_frozen
from hackmentor.train.datamodule import RecordsDataModule

# What is measured: seconds that pass, or (on a machine that others use) seconds that this process computes.
clock: Callable[[], float] = time.perf_counter

# (rows, inputs, outputs) of a product and how often a step over a token does it, forward and back.
Shapes = Counter[tuple[int, int, int]]


def flop_a_token(model: PeftModel, data: RecordsDataModule) -> float:
    """Floating-point operations that a token of this data set needs, on average over tokens; 2 for a multiply-add.

    With P parameters in the frozen linear layers of the decoder, p in those of LoRA, L layers, V words, hidden size d,
    h query features a layer, N tokens in all records, T of them trained on, n_i in record i before the last of these,
    and c the share of N that needs computing, since what all records of a pack begin with does so once:

        4 P c          forward, and backward to activations; frozen weights need no gradient
        - 2 P_qkv c    of the first layer: nothing below it is trained
        + 6 p c        forward, backward to activations and to weights
        + 4 V d T / N  the same as 4 P for the head, at trained positions alone
        + 6 L h sum(n_i^2) / N   causal attention, 2 L h n^2 forward, twice that backward (half of the square each)

    Norms, activations, rotations and recomputation count nothing: they are what is lost.
    """
    config = model.config
    frozen, adapter, first = 0, 0, 0
    for name, layer in _linears(model):
        if "lora_" in name:
            adapter += layer.in_features * layer.out_features
        elif not name.endswith("lm_head"):
            frozen += layer.in_features * layer.out_features
            first += layer.in_features * layer.out_features * (".0.self_attn." in name and "o_proj" not in name)
    packs = [pack for step in data.train_dataloader() for pack in step.packs]
    lengths = [pack.prefix + end - start for pack in packs for start, end in pairwise(pack.bounds)]
    tokens = data.report.tokens
    head = 4 * config.vocab_size * config.hidden_size * data.report.trained_tokens / tokens
    features = config.num_attention_heads * getattr(
        config, "head_dim", config.hidden_size // config.num_attention_heads
    )
    attention = 6 * config.num_hidden_layers * features * sum(n * n for n in lengths) / tokens
    computed = sum(pack.tokens for pack in packs) / tokens
    return (4 * frozen - 2 * first + 6 * adapter) * computed + head + attention


def product_rate(model: PeftModel, data: RecordsDataModule, rounds: int = 5) -> float:
    """FLOP/s of the step's large matrix products alone, forward and backward to activations, each at its best.

    Rows are what our packs hold. In the type and on the device of the weights that are not quantised.
    """
    embedding = model.get_input_embeddings().weight
    rows = data.micro_batch_tokens
    trained = max(1, round(rows * data.report.trained_tokens / data.report.tokens))
    shapes: Shapes = Counter()
    for name, layer in _linears(model):
        if "lora_" not in name:
            count = trained if name.endswith("lm_head") else rows
            shapes[count, layer.in_features, layer.out_features] += 1
    seconds = sum(_seconds(shape, embedding, rounds) * count for shape, count in shapes.items())
    return sum(4 * m * k * n * count for (m, k, n), count in shapes.items()) / seconds


def _linears(model: PeftModel) -> list[tuple[str, torch.nn.Linear]]:
    """Linear layers by name; the one inside a LoRA layer is named like it, with .base_layer at the end."""
    return [
        (name, layer) for name, layer in model.get_base_model().named_modules() if isinstance(layer, torch.nn.Linear)
    ]


def _seconds(shape: tuple[int, int, int], like: torch.Tensor, rounds: int) -> float:
    m, k, n = shape
    kind = {"device": like.device, "dtype": like.dtype}
    x, weight, gradient = torch.randn(m, k, **kind), torch.randn(n, k, **kind), torch.randn(m, n, **kind)
    with torch.inference_mode():
        return _best(lambda: multiply_frozen(x, weight), rounds) + _best(
            lambda: multiply_frozen(gradient, weight.t()), rounds
        )


def _best(act: Callable[[], object], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds + 1):
        began = clock()
        act()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        best = min(best, clock() - began)
    return best

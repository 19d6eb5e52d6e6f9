"""What the real step keeps for its backward pass at 7B and 13B, counted without memory, beside the memory model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from peft import PeftModel
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import AutoModelForCausalLM, LlamaConfig

from hackmentor.model.adapter import add_lora
from hackmentor.model.attention import use_packed_attention
from hackmentor.model.cross_entropy import SummedCrossEntropy
from hackmentor.model.recompute import Recomputation
from hackmentor.prompts.example import Example
from hackmentor.train import loss
from hackmentor.train.memory_model.activations import count_activation_bytes
from hackmentor.train.memory_model.training_setup import TrainingSetup
from hackmentor.train.packing import build_pack
from tests.model.test_geometry import published

TARGETS = ("q_proj", "v_proj")
RECORDS = [Example(name, [5] * 1025, [False] * 513 + [True] * 512) for name in ("a", "b")]


def make_model(size: str) -> PeftModel:
    """The paper's adapter on Llama, all of whose weights are fake: they have sizes and no numbers."""
    geometry = published("llama", size)
    config = LlamaConfig(
        vocab_size=geometry.vocab, hidden_size=geometry.hidden, intermediate_size=geometry.intermediate,
        num_hidden_layers=geometry.layers, num_attention_heads=geometry.heads,
    )  # fmt: skip
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=torch.bfloat16)
        model.requires_grad_(False)
        tuned = add_lora(model, rank=8, alpha=16, dropout=0.0, targets=TARGETS, source="x", revision="y")
    return tuned.train()


def replace_by_fake_tensors(model: torch.nn.Module) -> None:
    """On the processor, as autocast does nothing on the meta device."""
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is not None:
                fake = torch.empty(weight.shape, dtype=weight.dtype)
                module._parameters[name] = torch.nn.Parameter(fake, requires_grad=weight.requires_grad)
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = torch.empty(buffer.shape, dtype=buffer.dtype)


@contextmanager
def saved_tensors_counted(model: torch.nn.Module) -> Iterator[dict[int, int]]:
    """Bytes of each storage that is kept inside the block, by its address; weights count nothing."""
    weights = {tensor.untyped_storage()._cdata for tensor in (*model.parameters(), *model.buffers())}
    found: dict[int, int] = {}
    alive: list[torch.UntypedStorage] = []

    def count(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        alive.append(storage)
        found[storage._cdata] = 0 if storage._cdata in weights else storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        yield found


@pytest.mark.parametrize("size", ["7b", "13b"])
def test_the_memory_model_has_what_the_step_keeps(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loss, "CpuSummedCrossEntropy", SummedCrossEntropy)  # as on a GPU
    tuned = make_model(size)
    base = tuned.get_base_model()
    setup = TrainingSetup(published("llama", size), "int8", "bf16-mixed", 8, TARGETS, 0.0, on_gpu=True)
    recomputation, kept, planned = Recomputation(base, is_allowed=True), [], []
    with FakeTensorMode(allow_non_fake_inputs=True):
        replace_by_fake_tensors(tuned)
        pack = build_pack(RECORDS)
        for recomputes in (False, True):
            if recomputes:
                recomputation.switch_on()
            with (
                use_packed_attention(base),
                torch.autocast("cpu", torch.bfloat16),
                saved_tensors_counted(tuned) as found,
            ):
                loss.compute_pack_loss(tuned, pack)
            kept.append(sum(found.values()))
            size_setup = TrainingSetup(**{**vars(setup), "recomputes": recomputes})
            planned.append(count_activation_bytes(size_setup, pack.size))
    assert planned[0] == pytest.approx(kept[0], rel=0.01)
    # Beside what is kept of every layer, the plan has one layer as it is while it is differentiated.
    assert planned[1] == pytest.approx(kept[1] + kept[0] / setup.geometry.layers, rel=0.02)
    assert kept[1] < kept[0] / 15

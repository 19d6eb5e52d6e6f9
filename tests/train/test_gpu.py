"""What only a GPU can show."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from hackmentor.model.adapter import add_lora, unfreeze_base
from hackmentor.model.attention import use_packed_attention
from hackmentor.model.load import Quantisation, load_base
from hackmentor.prompts.example import Example
from hackmentor.train.fsdp import gather_trained_weights, shard_model
from hackmentor.train.module import compute_pack_loss
from hackmentor.train.packing import build_pack

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("quant", ["int8", "nf4", "none"])
def test_a_step_on_the_gpu(quant: Quantisation, tiny_llama: Path) -> None:
    device = torch.device("cuda")
    base = load_base(tiny_llama, quant=quant, dtype=torch.bfloat16, device=device)
    model = add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="x", revision="y")
    pack = build_pack([Example("a", list(range(5, 40)), [True] * 35)]).to(device)
    with use_packed_attention(base), torch.autocast("cuda", torch.bfloat16):
        loss = compute_pack_loss(model, pack)
    loss.backward()
    assert torch.isfinite(loss)
    assert any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in model.parameters() if p.requires_grad)


def test_a_step_of_a_model_sharded_on_the_gpu(tiny_llama: Path) -> None:
    model = unfreeze_base(load_base(tiny_llama, quant="none", dtype=torch.float32, device=torch.device("cpu")))
    torch.distributed.init_process_group("nccl", store=torch.distributed.HashStore(), rank=0, world_size=1)
    try:
        shard_model(model, "cuda", processes=1, precision="bf16-mixed")
        assert {parameter.device.type for parameter in model.parameters()} == {"cuda"}
        pack = build_pack([Example("a", list(range(5, 40)), [True] * 35)]).to(torch.device("cuda"))
        with use_packed_attention(model), torch.autocast("cuda", torch.bfloat16):
            loss = compute_pack_loss(model, pack)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        assert float(norm.full_tensor()) > 0  # type: ignore[attr-defined]
        whole = gather_trained_weights(model)
        assert whole is not None
        assert {tensor.device.type for tensor in whole.values()} == {"cpu"}
    finally:
        torch.distributed.destroy_process_group()

"""In bf16 it is the same training, to the few digits that bf16 has."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from hackmentor.model.adapter import add_lora
from hackmentor.model.attention import use_packed_attention
from hackmentor.model.device import resolve_precision
from hackmentor.model.load import Quantisation, load_base
from hackmentor.runtime.files import read_json
from hackmentor.train.module import compute_pack_loss
from hackmentor.train.packing import build_pack
from tests.train.conftest import Place
from tests.train.test_packing import examples

# bf16 has 8 significant bits.
DIGIT = 2**-8


def gradient(folder: Path, dtype: torch.dtype, *, together: bool) -> tuple[float, torch.Tensor]:
    """Loss and gradient of some records, in one pack or in a pack each."""
    base = load_base(folder, quant="none", dtype=dtype, device=torch.device("cpu"))
    torch.manual_seed(0)
    lora = {"rank": 4, "alpha": 8, "dropout": 0.0, "targets": ["q_proj", "v_proj"], "source": "x", "revision": "y"}
    tuned = add_lora(base, **lora).train()  # type: ignore[arg-type]
    records = examples([20, 27, 34, 41])
    packs = [build_pack(records)] if together else [build_pack([record]) for record in records]
    with use_packed_attention(base), torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        loss = sum((compute_pack_loss(tuned, pack) for pack in packs), torch.zeros(()))
    loss.backward()
    return loss.item(), torch.cat([p.grad.flatten() for p in tuned.parameters() if p.grad is not None])


def test_loss_and_gradient_are_those_of_float32(tiny_llama: Path) -> None:
    exact, slope = gradient(tiny_llama, torch.float32, together=True)
    rounded, rounded_slope = gradient(tiny_llama, torch.bfloat16, together=True)
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=DIGIT)
    assert (rounded_slope - slope).norm() < 4 * DIGIT * slope.norm()


def test_records_in_a_pack_do_not_see_each_other(tiny_llama: Path) -> None:
    together, slope = gradient(tiny_llama, torch.bfloat16, together=True)
    apart, slope_apart = gradient(tiny_llama, torch.bfloat16, together=False)
    assert together == pytest.approx(apart, rel=DIGIT)
    assert (slope - slope_apart).norm() < 4 * DIGIT * slope.norm()


@pytest.mark.parametrize("quant", ["int8", "none", pytest.param("nf4", marks=pytest.mark.long)])
def test_a_cell_learns_as_much(quant: Quantisation, place: Place, restart_words: list[str]) -> None:
    losses = {}
    for precision in ("32-true", "bf16-mixed"):
        words = [f"trainer.precision={precision}", f"quant={quant}", f"name={precision}"]
        assert place.attempt([*restart_words, "trainer.max_epochs=1", *words]) == 0, place.log
        losses[precision] = read_json(place.cell.with_name(precision) / "card.json")["figures"]["val_loss"]
    assert losses["bf16-mixed"] == pytest.approx(losses["32-true"], rel=DIGIT)


def test_weights_in_bf16_are_not_trained(place: Place, restart_words: list[str]) -> None:
    assert place.attempt([*restart_words, "trainer.precision=bf16-true"]) == 2
    assert "trainer.precision=bf16-true: what is trained would be held in bf16" in place.log
    assert "use bf16-mixed" in place.log
    assert not place.cell.exists()


@pytest.mark.parametrize("is_emulated", [True, False])
def test_auto_is_no_emulated_bf16(is_emulated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_supported(including_emulation: bool = True) -> bool:
        return including_emulation or not is_emulated

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_supported)
    assert resolve_precision("auto", "gpu") == ("16-mixed" if is_emulated else "bf16-mixed")

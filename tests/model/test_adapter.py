"""The adapter: put on, saved, read back; an empty or damaged one is not let through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from hackmentor.model.adapter import add_lora, count_trainable_parameters
from hackmentor.model.load import Quantisation, hash_weights, load_base
from hackmentor.model.save_trained import AdapterError, save_initial_adapter, save_tuned_model, verify_saved_model
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.runtime.errors import UserError

CPU = torch.device("cpu")


def tuned(folder: Path, *, moved: bool = True) -> PeftModel:
    base = load_base(folder, quant="int8", dtype=torch.float32, device=CPU)
    model = add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="some/base", revision="main")
    if moved:
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter)
    return model


@pytest.fixture
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", "Be brief."))


def test_only_the_adapter_is_trained(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    assert all("lora_" in name for name, parameter in model.named_parameters() if parameter.requires_grad)
    assert count_trainable_parameters(model) == 2 * 4 * (64 + 64)  # two layers, rank 4, 64 in, 64 out


def test_the_base_is_in_8_bit(tiny_llama: Path) -> None:
    base = load_base(tiny_llama, quant="int8", dtype=torch.float32, device=CPU)
    assert base.model.layers[0].self_attn.q_proj.weight.dtype == torch.int8


@pytest.mark.parametrize("quant", ["int8", "nf4", "none"])
def test_every_quantisation_takes_a_gradient_on_a_processor(quant: Quantisation, tiny_llama: Path) -> None:
    base = load_base(tiny_llama, quant=quant, dtype=torch.float32, device=CPU)
    model = add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="x", revision="y")
    ids = torch.tensor([[5, 6, 7, 8, 9, 10]])
    model(input_ids=ids, labels=ids).loss.backward()
    moved = [name for name, p in model.named_parameters() if p.grad is not None and bool(p.grad.abs().sum() > 0)]
    assert moved
    assert all("lora_B" in name for name in moved)  # lora_B is zero at first, so lora_A gets no gradient yet


@pytest.mark.parametrize("quant", ["int8", "nf4"])
def test_a_forward_without_gradients_takes_none_away(quant: Quantisation, tiny_llama: Path) -> None:
    base = load_base(tiny_llama, quant=quant, dtype=torch.float32, device=CPU)
    model = add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="x", revision="y")
    ids = torch.tensor([[5, 6, 7, 8, 9, 10]])
    gradients = []
    for _ in range(2):
        model.zero_grad()
        model.train()(input_ids=ids, labels=ids).loss.backward()
        gradients.append({name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None})
        with torch.inference_mode():  # as a validation does
            model.eval()(ids)
    assert any(bool(gradient.abs().sum() > 0) for gradient in gradients[0].values())
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-5, atol=1e-6, msg=name)


VARIANTS: list[tuple[Quantisation, dict[str, Any]]] = [
    *[(quant, {}) for quant in ("int8", "nf4", "none")],  # type: ignore[misc]
    *[(quant, {"rslora": True}) for quant in ("int8", "nf4", "none")],  # type: ignore[misc]
    *[("nf4", {"dora": True}), ("none", {"dora": True}), ("none", {"dora": True, "rslora": True})],
    *[("none", {"init": "pissa"}), ("none", {"init": "pissa", "rslora": True})],
]


@pytest.mark.parametrize(("quant", "variant"), VARIANTS, ids=str)
def test_peft_alone_loads_what_was_saved(
    quant: Quantisation, variant: dict[str, Any], tiny_llama: Path, template: ChatTemplate, tmp_path: Path
) -> None:
    base = load_base(tiny_llama, quant=quant, dtype=torch.float32, device=CPU)
    model = add_lora(
        base, rank=4, alpha=8, dropout=0.0, targets=["q_proj", "v_proj"], source="a/b", revision="c", **variant
    )
    save_initial_adapter(model, tmp_path / "start")
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    save_tuned_model(model, tmp_path / "adapter", template, tmp_path / "start")
    verify_saved_model(model, tmp_path / "adapter")
    plain = load_base(tiny_llama, quant=quant, dtype=torch.float32, device=CPU)
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.inference_mode():
        untuned = plain(ids).logits
        alone = PeftModel.from_pretrained(plain, str(tmp_path / "adapter")).eval()
        # PiSSA's factors are put back together on the base: equal within float error, all others to the bit.
        torch.testing.assert_close(
            alone(ids).logits, model.eval()(ids).logits, rtol=0, atol=2e-6 if "init" in variant else 0
        )
        assert (alone(ids).logits - untuned).abs().max() > 1e-2
        torch.testing.assert_close(alone.unload()(ids).logits, untuned, rtol=0, atol=0)
    saved = alone.peft_config["default"]
    assert (saved.base_model_name_or_path, saved.revision, saved.bias) == ("a/b", "c", "none")


def test_pissa_that_never_moved_or_has_no_start_is_refused(
    tiny_llama: Path, template: ChatTemplate, tmp_path: Path
) -> None:
    base = load_base(tiny_llama, quant="none", dtype=torch.float32, device=CPU)
    model = add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], init="pissa", source="x", revision="y")
    save_initial_adapter(model, tmp_path / "start")
    with pytest.raises(AdapterError, match="without its start"):
        save_tuned_model(model, tmp_path / "adapter", template)
    save_tuned_model(model, tmp_path / "adapter", template, tmp_path / "start")
    with pytest.raises(AdapterError, match="empty"):
        verify_saved_model(model, tmp_path / "adapter")


def test_the_template_travels_with_the_adapter(tiny_llama: Path, template: ChatTemplate, tmp_path: Path) -> None:
    save_tuned_model(tuned(tiny_llama), tmp_path, template)
    tokenizer = load_tokenizer(tmp_path)
    said = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], add_generation_prompt=True, tokenize=False
    )
    assert said.startswith("<|im_start|>system\nBe brief.<|im_end|>")


def test_an_adapter_that_never_moved_is_refused(tiny_llama: Path, template: ChatTemplate, tmp_path: Path) -> None:
    model = tuned(tiny_llama, moved=False)
    save_tuned_model(model, tmp_path, template)
    with pytest.raises(AdapterError, match="empty"):
        verify_saved_model(model, tmp_path)


def test_a_damaged_file_is_noticed(tiny_llama: Path, template: ChatTemplate, tmp_path: Path) -> None:
    model = tuned(tiny_llama)
    save_tuned_model(model, tmp_path, template)
    file = tmp_path / "adapter_model.safetensors"
    tensors = load_file(file)
    name = next(iter(tensors))
    tensors[name] = tensors[name] + 1e-6
    save_file(tensors, file)
    with pytest.raises(AdapterError, match="differs"):
        verify_saved_model(model, tmp_path)


def test_an_unknown_target_is_refused(tiny_llama: Path) -> None:
    base = load_base(tiny_llama, quant="none", dtype=torch.float32, device=CPU)
    with pytest.raises(UserError, match="query_key_value"):
        add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["query_key_value"], source="x", revision="y")


def test_a_whole_model_is_verified_too(tiny_llama: Path, template: ChatTemplate, tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_llama)
    save_tuned_model(model, tmp_path, template)
    verify_saved_model(model, tmp_path)
    with torch.no_grad():
        model.lm_head.weight[0, 0] += 1
    with pytest.raises(AdapterError, match="lm_head"):
        verify_saved_model(model, tmp_path)


def test_weights_hash_follows_the_bytes(tiny_llama: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"a")
    first = hash_weights(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"b")
    assert hash_weights(tmp_path) != first


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't load the model"):
        load_base(tmp_path, quant="none", dtype=torch.float32, device=CPU)

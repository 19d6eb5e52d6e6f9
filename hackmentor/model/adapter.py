"""The part of a model that is trained: put it on, save it, load it back and compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from peft.utils.save_and_load import load_peft_weights
from transformers import AutoModelForCausalLM, PreTrainedModel

from hackmentor.errors import UserError
from hackmentor.prompts.chat import ChatTemplate


class AdapterError(RuntimeError):
    """A saved adapter is not what was trained."""


def add_lora(
    base: PreTrainedModel, *, rank: int, alpha: int, dropout: float, targets: Sequence[str], source: str, revision: str
) -> PeftModel:
    """LoRA (Hu et al. 2021) on the named layers of a frozen base.

    Args:
        base: the frozen model.
        rank: the inner size r of the two factors.
        alpha: the update is scaled by alpha / rank.
        dropout: on the input of the update, while training.
        targets: names of the linear layers, as the ends of their full names.
        source: hub id of the base, written into the adapter so that other programs find it.
        revision: of the base.

    Raises:
        UserError: if a target is no layer of the base.
    """
    names = {name.rpartition(".")[2] for name, _ in base.named_modules()}
    if unknown := [target for target in targets if target not in names]:
        raise UserError(f"method.targets={unknown}: the base has no such layer")
    config = LoraConfig(
        task_type="CAUSAL_LM", r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=list(targets)
    )
    tuned = get_peft_model(base, config)
    settings = tuned.peft_config["default"]
    settings.base_model_name_or_path, settings.revision = source, revision
    return tuned


def unfreeze(base: PreTrainedModel) -> PreTrainedModel:
    """The base with every weight trained (method=full)."""
    return base.requires_grad_(True)


def trainable_parameters(model: torch.nn.Module) -> int:
    """How many numbers the optimizer moves."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def save_tuned(model: PreTrainedModel | PeftModel, folder: Path, template: ChatTemplate) -> None:
    """Saves what was trained as standard safetensors, with the tokenizer and the template it was trained with."""
    if isinstance(model, PeftModel):
        # "auto" would ask the hub whether the vocabulary has grown; it never grows here.
        model.save_pretrained(str(folder), save_embedding_layers=False)
    else:
        model.save_pretrained(folder)
    template.tokenizer.chat_template = template.source
    template.tokenizer.save_pretrained(folder)


def verify_saved(model: PreTrainedModel | PeftModel, folder: Path) -> None:
    """Loads the saved weights back and compares them, bit by bit, with those in memory.

    Raises:
        AdapterError: naming the first tensor that is missing or differs, or if training moved none of an adapter.
    """
    if isinstance(model, PeftModel):
        expected = get_peft_model_state_dict(model, save_embedding_layers=False)
        found = load_peft_weights(str(folder), device="cpu")
        if all(bool((tensor == 0).all()) for name, tensor in found.items() if "lora_B" in name):
            raise AdapterError(f"{folder}: the adapter is empty: training moved none of its weights")
    else:
        expected = model.state_dict()
        found = AutoModelForCausalLM.from_pretrained(folder, dtype=model.dtype).state_dict()
    for name, tensor in expected.items():
        if name not in found:
            raise AdapterError(f"{folder}: {name} was not saved")
        if not torch.equal(tensor.detach().cpu(), found[name].cpu()):
            raise AdapterError(f"{folder}: {name} differs from what was trained")

"""The trained part of a model as files: saved, loaded back and compared."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model_state_dict
from peft.utils.save_and_load import load_peft_weights
from transformers import AutoModelForCausalLM, PreTrainedModel

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.files import apply_umask

Weights = Mapping[str, torch.Tensor]


class AdapterError(RuntimeError):
    """A saved adapter is not what was trained."""


def save_initial_adapter(model: PreTrainedModel | PeftModel, folder: Path) -> None:
    """Saves an adapter before its first step, if its initialisation changed the base (PiSSA).

    PEFT's conversion needs it: (W - B0 A0) + B A = W + [B, -B0] [A; A0], an adapter of twice the rank.
    """
    if _changes_base(model):
        model.save_pretrained(str(folder), save_embedding_layers=False)
        apply_umask(folder)


def _changes_base(model: PreTrainedModel | PeftModel) -> bool:
    return isinstance(model, PeftModel) and str(model.peft_config["default"].init_lora_weights).startswith("pissa")


def save_tuned_model(
    model: PreTrainedModel | PeftModel,
    folder: Path,
    template: ChatTemplate,
    initial_adapter: Path | None = None,
    *,
    weights: Weights | None = None,
) -> None:
    """Saves what was trained as standard safetensors, with the tokenizer and the template it was trained with.

    Whatever the method, the adapter fits the base as it was before training. Where the method changes the base that
    takes `initial_adapter`, the folder of `save_initial_adapter`. `weights`: the trained weights of a sharded model.
    """
    if isinstance(model, PeftModel) and _changes_base(model):
        _save_converted(model, folder, initial_adapter)
    elif isinstance(model, PeftModel):
        # "auto" would ask the hub whether the vocabulary has grown; it never grows here.
        model.save_pretrained(str(folder), save_embedding_layers=False, state_dict=weights)
    else:
        model.save_pretrained(folder, state_dict=weights)
    template.tokenizer.chat_template = template.source
    template.tokenizer.save_pretrained(folder)


def _save_converted(model: PeftModel, folder: Path, start: Path | None) -> None:
    if start is None:
        raise AdapterError("an adapter that changed its base can't be saved without its start")
    settings = model.peft_config["default"]
    # Where a name stands here, PEFT's conversion asks the hub whether the vocabulary has grown.
    source, settings.base_model_name_or_path = settings.base_model_name_or_path, ""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PiSSA changes the base weights")  # which is undone right here
        model.save_pretrained(
            str(folder), save_embedding_layers=False, path_initial_model_for_weight_conversion=str(start)
        )
    settings.base_model_name_or_path = source
    saved = LoraConfig.from_pretrained(str(folder))
    saved.base_model_name_or_path = source
    saved.save_pretrained(str(folder))


def verify_saved_model(model: PreTrainedModel | PeftModel, folder: Path, *, weights: Weights | None = None) -> None:
    """Loads the saved weights back and compares them, bit by bit, with those in memory, or with `weights`.

    Raises:
        AdapterError: naming the first tensor that is missing or differs, or if training moved none of an adapter.
    """
    if isinstance(model, PeftModel):
        expected = get_peft_model_state_dict(model, state_dict=weights, save_embedding_layers=False)
        found = load_peft_weights(str(folder), device="cpu")
        if not any(_has_moved(tensor, _changes_base(model)) for name, tensor in found.items() if "lora_B" in name):
            raise AdapterError(f"{folder}: the adapter is empty: training moved none of its weights")
    else:
        expected = model.state_dict() if weights is None else weights
        found = AutoModelForCausalLM.from_pretrained(folder, dtype=model.dtype).state_dict()
    for name, tensor in expected.items():
        if name not in found:
            raise AdapterError(f"{folder}: {name} was not saved")
        # A converted adapter has its start beside what was trained.
        saved = found[name][tuple(map(slice, tensor.shape))] if _changes_base(model) else found[name]
        if not torch.equal(tensor.detach().cpu(), saved.cpu()):
            raise AdapterError(f"{folder}: {name} differs from what was trained")


def _has_moved(factor: torch.Tensor, converted: bool) -> bool:
    """Whether training changed a second factor: from zero, or from the start that stands negated beside it."""
    trained, start = factor.chunk(2, dim=1) if converted else (factor, torch.zeros_like(factor))
    return not torch.equal(trained, -start)

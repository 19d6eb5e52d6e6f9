"""The part of a model that is trained: put on a base, saved ones too, and taken off again."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PreTrainedModel

from hackmentor.model.adapter_check import (
    explain_load_error,
    read_adapter_config,
    refuse_lost_weights,
    refuse_useless_weights,
)
from hackmentor.model.adapter_files import read_adapter
from hackmentor.model.adapter_settings import refuse_harmful_settings
from hackmentor.model.base_guard import base_kept
from hackmentor.model.identity import BaseIdentity, refuse_altered_adapter, refuse_other_base
from hackmentor.model.lora_targets import build_exclusion_pattern, check_targets, choose_target_modules
from hackmentor.model.save_trained import Weights
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.links import refuse_outward_links

Init = Literal["default", "pissa", "pissa_niter_16"]

# PEFT asks transformers for an attribute by its old name. For the whole process, as threads share the filters.
# Names that PEFT does not know or misses are checked here, and refused where they matter.
warnings.filterwarnings("ignore", "Found missing adapter keys while loading the checkpoint", UserWarning)
warnings.filterwarnings("ignore", "Unexpected keyword arguments", UserWarning)
warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)

# A factor of an adapter's update: the layer that it changes, and which of the two it is.
_LORA_FACTOR = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")


def add_lora(
    base: PreTrainedModel,
    *,
    rank: int,
    alpha: int,
    dropout: float,
    targets: Sequence[str],
    rslora: bool = False,
    dora: bool = False,
    init: Init = "default",
    source: str,
    revision: str,
) -> PeftModel:
    """LoRA (Hu et al. 2021) on the named layers of a frozen base.

    Args:
        base: the frozen model.
        rank: the inner size r of the two factors.
        alpha: the update is scaled by alpha / rank.
        dropout: on the input of the update, while training.
        targets: names of layers, as the ends of their full names (`q_proj`, `self_attn.q_proj`), or `all-linear`: all
            linear layers but the head. Of a multimodal base only those of its language model.
        rslora: alpha / sqrt(rank) instead (Kalajdzievski 2023).
        dora: a trained size for each row of the weights beside the update of their direction (Liu et al. 2024).
        init: "pissa" begins with the principal components of the weights and takes them out of the base (Meng et al.
            2024), so that what is saved must be converted: see `save_initial_adapter`. "pissa_niter_16" finds them by
            sixteen iterations (Halko et al. 2009), in place of a whole decomposition of each matrix.
        source: hub id of the base, written into the adapter so that other programs find it.
        revision: of the base.

    Raises:
        UserError: if a target is no layer of the base, or none that takes an adapter.
    """
    check_targets(base, targets)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=choose_target_modules(base, targets),
        exclude_modules=build_exclusion_pattern(base, targets),
        use_rslora=rslora,
        use_dora=dora,
        init_lora_weights=True if init == "default" else init,
    )
    try:
        tuned = get_peft_model(base, config)
    except ValueError as error:
        raise UserError(f"method.targets={list(targets)}: {str(error).splitlines()[0]}") from error
    settings = tuned.peft_config["default"]
    settings.base_model_name_or_path, settings.revision = source, revision
    return tuned


def load_adapter(
    base: PreTrainedModel | PeftModel, folder: Path, identity: BaseIdentity, name: str = "default"
) -> PeftModel:
    """A saved adapter on its base, for use. `unload()` of what is returned gives the base back.

    Args:
        base: the model that it goes on, beside the adapters that are on it already.
        folder: the adapter, one of 2023 (a pickle) too. A card.json beside it says which base it was trained on.
        identity: of the base.
        name: what the adapter is called on it.

    Raises:
        UserError: if it was trained on another base, naming both; if its weights are no numbers, do nothing, or have no
            place on the base; or as `adapter_files.read_adapter`.
    """
    refuse_outward_links(folder)
    refuse_other_base(folder, identity)
    refuse_altered_adapter(folder)
    plain = base.get_base_model() if isinstance(base, PeftModel) else base
    weights = read_adapter(folder)
    config = read_adapter_config(folder)
    if misfits := list(_list_mismatches(plain, weights)):
        trained_on = config.get("base_model_name_or_path")
        raise UserError(f"{folder} was trained on {trained_on}; it does not fit {identity}: {misfits[0]}")
    refuse_useless_weights(folder, weights)
    refuse_harmful_settings(folder, config)
    with base_kept(plain, folder):
        return _put_on(base, plain, folder, identity, name, weights=weights, config=config)


def _put_on(
    base: PreTrainedModel | PeftModel,
    plain: PreTrainedModel,
    folder: Path,
    identity: BaseIdentity,
    name: str,
    *,
    weights: Weights,
    config: Mapping[str, Any],
) -> PeftModel:
    try:
        if isinstance(base, PeftModel):
            base.load_adapter(str(folder), adapter_name=name, torch_device=str(plain.device))
            tuned = base
        else:
            tuned = PeftModel.from_pretrained(base, str(folder), adapter_name=name)
    except (ValueError, TypeError, LookupError, RuntimeError, AttributeError, ImportError) as error:
        raise explain_load_error(folder, error, config, str(identity)) from error
    try:
        refuse_lost_weights(folder, weights, tuned, name)
    except UserError:
        # What has been put on must not stay: the base is shared.
        if isinstance(base, PeftModel):
            base.delete_adapter(name)
        else:
            tuned.unload()
        raise
    return tuned.eval()


def _list_mismatches(base: PreTrainedModel, weights: Mapping[str, torch.Tensor]) -> Iterator[str]:
    """What in an adapter has no place in a base."""
    layers = dict(base.named_modules())
    for name, tensor in weights.items():
        if found := _LORA_FACTOR.fullmatch(name):
            where, which = found.groups()
            side, size = ("in_features", tensor.shape[1]) if which == "A" else ("out_features", tensor.shape[0])
            here = getattr(layers.get(where), side, None)
            if where not in layers:
                yield f"there is no layer {where} in this base"
            elif here not in (None, size):
                yield f"the {side.replace('_', ' ')} of {where} are {here} in this base, {size} in the adapter"


def unfreeze_base(base: PreTrainedModel) -> PreTrainedModel:
    """The base with every weight trained (method=full)."""
    return base.requires_grad_(True)


def count_trainable_parameters(model: torch.nn.Module) -> int:
    """How many numbers the optimizer moves."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)

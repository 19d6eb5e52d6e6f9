"""A merged model written shard by shard: of its weights in full precision, one layer exists at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import PreTrainedModel

from hackmentor.export.compare_outputs import ExportError, Model
from hackmentor.export.precision import DTYPES, check_fp16_range, verify_weights
from hackmentor.runtime.files import apply_umask

# Bytes of a file of the export: it is in memory as a whole while it is written.
_MAX_SHARD_BYTES = 10**9

# Settings of PEFT by which an adapter changes a model otherwise than by factors of its layers.
_MORE_THAN_FACTORS = ("modules_to_save", "trainable_token_indices", "target_parameters", "layer_replication")

_INDEX_NAME = "model.safetensors.index.json"


def can_merge_by_layer(model: Model) -> bool:
    """Whether all that was trained are LoRA's factors of linear layers, and weights are saved under their own names."""
    if not isinstance(model, PeftModel):
        return False
    base, settings = model.get_base_model(), model.peft_config["default"]
    is_renamed = bool(getattr(base, "_weight_conversions", None)) or base.is_remote_code()
    is_plain = str(settings.peft_type).endswith("LORA") and settings.bias == "none"
    layers = [(name, layer) for name, layer in base.named_modules() if isinstance(layer, LoraLayer)]
    tied = {name for pair in (getattr(base, "all_tied_weights_keys", None) or {}).items() for name in pair}
    are_linear = all(isinstance(layer.get_base_layer(), torch.nn.Linear) for _, layer in layers)
    are_own = not any(f"{name}.weight" in tied for name, _ in layers)
    has_more = any(getattr(settings, name, None) for name in _MORE_THAN_FACTORS)
    return is_plain and are_linear and are_own and not is_renamed and not has_more


def write_merged_shards(model: PeftModel, folder: Path, precision: str) -> None:
    """Writes the merged weights as safetensors in files of at most a gigabyte, and the configuration that goes with it.

    The model stays as it is. Tied weights are written once.

    Raises:
        UserError: if a weight is out of the range of the precision.
    """
    base, dtype = model.get_base_model(), DTYPES[precision]
    sizes = {name: tensor.numel() * dtype.itemsize for name, tensor in _iterate_own_weights(base)}
    files = _plan_files(sizes)
    shard: dict[str, torch.Tensor] = {}
    for name, tensor in iterate_merged_weights(model):
        check_fp16_range({name: tensor}, precision)
        shard[name] = tensor.to(dtype).contiguous()
        if set(shard) == {other for other in sizes if files[other] == files[name]}:
            save_file(shard, folder / files[name], metadata={"format": "pt"})
            shard.clear()
    if len(set(files.values())) > 1:
        index = {"metadata": {"total_size": sum(sizes.values())}, "weight_map": files}
        (folder / _INDEX_NAME).write_text(json.dumps(index, indent=2), encoding="utf-8")
    config = copy.deepcopy(base.config)
    config.dtype, config.architectures = dtype, [type(base).__name__]
    config.save_pretrained(folder)
    apply_umask(folder)


def verify_merged_shards(model: PeftModel, folder: Path, precision: str) -> None:
    """Merges layer by layer again, and compares each tensor with the one in the files.

    Raises:
        ExportError: naming the first tensor that is missing or differs, or one too many.
    """
    found = {name: file for file in sorted(folder.glob("*.safetensors")) for name in _list_names(file)}
    for name, tensor in iterate_merged_weights(model):
        file = found.pop(name, None)
        read: Mapping[str, torch.Tensor] = {} if file is None else {name: _read_tensor(file, name)}
        verify_weights({name: tensor}, read, precision)
    if found:
        raise ExportError(f"{next(iter(found))} was written, and is no weight of the model")


def iterate_merged_weights(model: PeftModel) -> Iterator[tuple[str, torch.Tensor]]:
    """Each weight of the merged model in float32 under its name, one at a time; a tied one comes once."""
    base = model.get_base_model()
    layers = dict(base.named_modules())
    for name, tensor in _iterate_own_weights(base):
        layer: Any = layers.get(name.removesuffix(".weight"))
        if isinstance(layer, LoraLayer):
            # By PEFT's own way of merging, whatever the kind of adapter, on a copy in which each weight is float32.
            copies: dict[int, Any] = {id(old): _copy_in_float32(old) for old in layer.parameters()}
            merged: Any = copy.deepcopy(layer, copies)
            merged.merge(safe_merge=True)
            yield name, merged.get_base_layer().weight.detach()
        else:
            yield name, tensor.float()


def _copy_in_float32(weight: torch.nn.Parameter) -> torch.nn.Parameter:
    copied = weight.detach().to(torch.float32, copy=True)
    return torch.nn.Parameter(copied, requires_grad=False)


def _iterate_own_weights(base: PreTrainedModel) -> Iterator[tuple[str, torch.Tensor]]:
    """The weights that the base had before it got its adapter, under the names that it has without."""
    tied = set(getattr(base, "all_tied_weights_keys", None) or ())
    seen: set[int] = set()
    for name, tensor in base.state_dict().items():
        own = name.replace(".base_layer.", ".")
        is_copy = own in tied and tensor.data_ptr() in seen
        if ".lora_" not in name and not is_copy:
            seen.add(tensor.data_ptr())
            yield own, tensor.detach()


def _plan_files(sizes: Mapping[str, int]) -> dict[str, str]:
    """The file of each tensor, in their order; a tensor that is larger than a file may be has one of its own."""
    numbers: dict[str, int] = {}
    number, filled = 1, 0
    for name, size in sizes.items():
        if filled and filled + size > _MAX_SHARD_BYTES:
            number, filled = number + 1, 0
        numbers[name], filled = number, filled + size
    if number == 1:
        return dict.fromkeys(sizes, "model.safetensors")
    return {name: f"model-{place:05d}-of-{number:05d}.safetensors" for name, place in numbers.items()}


def _list_names(file: Path) -> list[str]:
    with safe_open(file, framework="pt") as opened:
        return list(opened.keys())


def _read_tensor(file: Path, name: str) -> torch.Tensor:
    with safe_open(file, framework="pt") as opened:
        tensor: torch.Tensor = opened.get_tensor(name)
    return tensor

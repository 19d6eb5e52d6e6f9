"""Whether an adapter is what it says: its weights are numbers that do something, and all of them reached the model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel, get_peft_model_state_dict
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

from hackmentor.runtime.errors import UserError

_SIZE_MISMATCH = re.compile(
    r"size mismatch for (?P<name>\S+): .*?torch\.Size\(\[(?P<file>[\d, ]*)\]\).*?torch\.Size\(\[(?P<model>[\d, ]*)\]\)"
)
_VOCABULARY_LAYERS = re.compile(r"embed_tokens|lm_head|word_embeddings|wte|embed_out")


def read_adapter_config(folder: Path) -> dict[str, Any]:
    """The adapter_config.json of an adapter.

    Raises:
        UserError: if it is no JSON object, or of a kind that PEFT does not know.
    """
    file = folder / "adapter_config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{file}: no JSON ({error}); fetch it again") from error
    if not isinstance(config, dict):
        raise UserError(f"{file}: no JSON object; fetch it again")
    kind, known = config.get("peft_type"), {str(kind.value) for kind in PEFT_TYPE_TO_CONFIG_MAPPING}
    if not isinstance(kind, str) or kind not in known:
        from importlib.metadata import version

        raise UserError(
            f"{file}: peft_type={kind} is no kind of adapter that PEFT {version('peft')} knows "
            f"({', '.join(sorted(known))}); a later PEFT may, or ask its author for LoRA"
        )
    return config


def refuse_useless_weights(folder: Path, weights: Mapping[str, torch.Tensor]) -> None:
    """Refuses weights of an adapter that are no numbers, or whose update of a layer is zero.

    A layer of a mixture of experts may never have been chosen in training; it may stay at zero.

    Raises:
        UserError: naming the first such tensor, and how many there are.
    """
    broken = [name for name, tensor in weights.items() if not bool(torch.isfinite(tensor).all())]
    if broken:
        raise UserError(
            f"{folder}: {len(broken)} of its {len(weights)} tensors hold NaN or infinite numbers, such as {broken[0]}; "
            "its training diverged or its precision was too small: train it again"
        )
    second = {name: tensor for name, tensor in weights.items() if "lora_B" in name or "lora_embedding_B" in name}
    zero = [name for name, tensor in second.items() if not bool(tensor.any())]
    if zero and (len(zero) == len(second) or any("expert" not in name for name in zero)):
        raise UserError(
            f"{folder}: {len(zero)} of its {len(second)} updates are zero, such as {zero[0]}: it was saved before its "
            "training, or its weights were lost; train or fetch it again"
        )


def refuse_lost_weights(folder: Path, weights: Mapping[str, torch.Tensor], model: PeftModel, name: str) -> None:
    """Refuses an adapter of which a tensor did not reach the model, or whose file lacks one that the model expects.

    Args:
        folder: the adapter.
        weights: the tensors of its file, by name.
        model: with the adapter on it.
        name: of the adapter on the model.

    Raises:
        UserError: naming a tensor of the file and one that was expected.
    """
    expected = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    present = {**model.state_dict(), **expected}  # embeddings that were saved beside the adapter are the base's
    lost = [key for key, tensor in weights.items() if not _has_landed(tensor, _find(present, key))]
    absent = [key for key in expected if key not in weights and f"{key}.weight" not in weights]
    absent = [key for key in absent if key.removesuffix(".weight") not in weights]
    if not lost and not absent:
        return
    reasons = []
    if lost:
        reasons.append(f"{len(lost)} of its {len(weights)} tensors have no place on this base, such as {lost[0]}")
    if absent:
        reasons.append(f"{len(absent)} of {len(expected)} that its adapter_config.json asks for are not in it")
    example = (absent or list(expected) or ["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"])[0]
    raise UserError(
        f"{folder}: {'; '.join(reasons)}. Names like {example} were expected: save it with PEFT's save_pretrained, or "
        "rename its tensors"
    )


def _find(present: Mapping[str, torch.Tensor], key: str) -> torch.Tensor | None:
    # The magnitudes of DoRA had no ending in the files of early versions.
    return next(
        (present[name] for name in (key, f"{key}.weight", key.removesuffix(".weight")) if name in present), None
    )


def _has_landed(tensor: torch.Tensor, there: torch.Tensor | None) -> bool:
    if there is None or there.numel() != tensor.numel():
        return False
    return torch.equal(there.detach().cpu().reshape(-1), tensor.to(there.dtype).cpu().reshape(-1))


def explain_load_error(folder: Path, error: Exception, config: Mapping[str, Any], base: str) -> UserError:
    """What PEFT says when it can't put an adapter on a base, in a sentence with the sizes and a way out."""
    found = _SIZE_MISMATCH.search(" ".join(str(error).split()))
    if found is None:
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        return UserError(f"{folder} can't be put on {base}: {type(error).__name__}: {reason}")
    sizes = f"{found['name']} is {_join(found['file'])} in the adapter and {_join(found['model'])}"
    if _VOCABULARY_LAYERS.search(found["name"]):
        way_out = (
            "It was trained on a base with another vocabulary: name that base with base.path=, resized for its "
            "tokenizer (resize_token_embeddings, save_pretrained)"
        )
        return UserError(f"{folder} can't be put on {base}: {sizes} in the base. {way_out}")
    if "lora_" in found["name"]:
        return UserError(
            f"{folder}: {sizes} by its adapter_config.json (r={config.get('r')}): the file and the weights are of two "
            "adapters. Set r to the size of the weights, or fetch both again"
        )
    return UserError(
        f"{folder} can't be put on {base}: {sizes} in the base, which is another one than it was trained on"
    )


def _join(sizes: str) -> str:
    return " x ".join(sizes.split(", "))

"""Load a base model, quantised as asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import (
    AutoModelForCausalLM,
    BitsAndBytesConfig,
    GenerationConfig,
    Mxfp4Config,
    PreTrainedModel,
)
from transformers.utils.logging import disable_progress_bar

from hackmentor.model.cpu.allocator import release_freed_memory
from hackmentor.model.quantised import read_or_quantise
from hackmentor.model.streamed_weights import weights_streamed
from hackmentor.pretrained.quantisation import is_dequantised_on_loading, refuse_other_quantisation
from hackmentor.runtime.errors import UserError

Quantisation = Literal["int8", "nf4", "none"]

disable_progress_bar()


def load_base(
    folder: Path,
    *,
    quant: Quantisation,
    dtype: torch.dtype,
    device: torch.device,
    trust_remote_code: bool = False,
    keep: Path | None = None,
) -> PreTrainedModel:
    """The base model on its device, with frozen weights in the asked quantisation.

    Args:
        folder: a transformers model folder.
        quant: int8 is LLM.int8, nf4 is 4-bit NormalFloat with double quantisation (both bitsandbytes).
        dtype: what is not quantised, and what 4-bit weights are computed in.
        device: where the weights go; they are quantised there.
        trust_remote_code: run Python code that comes with the model.
        keep: where the quantised weights of a large base are kept for the next time; None for nowhere.

    Raises:
        UserError: if the folder can't be loaded, its weights are not whole, or it is quantised otherwise already.
    """
    refuse_other_quantisation(folder, quant)
    load = partial(_load_model, dtype=dtype, device=device, trust_remote_code=trust_remote_code)
    asked = _build_quantisation_config(quant, dtype)
    quantise = partial(load, quantisation=asked)
    # Code that comes with a model does not come with its quantised weights.
    if keep is None or asked is None or trust_remote_code:
        model = quantise(folder)
    else:
        settings = {"quant": quant, "dtype": str(dtype), "device": device.type}
        model = read_or_quantise(folder, keep, settings, quantise, load)
    release_freed_memory()  # quantising frees as much as the weights were, between those that stay
    _keep_gradients_through_nf4(model)
    model.requires_grad_(False)
    return model.eval()


def _load_model(
    folder: Path,
    *,
    dtype: torch.dtype,
    device: torch.device,
    trust_remote_code: bool,
    quantisation: BitsAndBytesConfig | Mxfp4Config | None = None,
) -> PreTrainedModel:
    dequantises = quantisation is None and is_dequantised_on_loading(folder)
    if dequantises:
        quantisation = Mxfp4Config(dequantize=True)
    read = partial(
        AutoModelForCausalLM.from_pretrained,
        folder,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # they are refused below, with their names
        dtype=dtype,
        device_map={"": device},
        trust_remote_code=trust_remote_code,
        # None would count as a setting of its own, beside what a quantised folder says of itself.
        **({} if quantisation is None else {"quantization_config": quantisation}),
    )
    # Weights that are neither quantised nor cast are used where they are mapped.
    is_used_as_stored = quantisation is None and device.type == "cpu"
    try:
        with weights_streamed(used_as_stored=dtype if is_used_as_stored else None):
            try:
                model, found = read(attn_implementation="sdpa")
            except ValueError:
                # Before it reads weights, a family without sdpa says so with an error that others use as well.
                model, found = read(attn_implementation="eager")
    except (torch.OutOfMemoryError, MemoryError):
        raise
    # Of a folder that is damaged or of another library, transformers raises nearly anything.
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        if "weights_only" in str(error):  # torch advises to run the code
            reason = (
                "its weights are a pickle that holds more than tensors, or is damaged; take a folder with safetensors"
            )
        raise UserError(f"can't load the model in {folder}: {reason}") from error
    _refuse_incomplete_weights(folder, found)
    model.generation_config = _keep_special_tokens(model.generation_config)
    if dequantises:
        # Or save_pretrained would write the 16-bit weights under the names that they had in four bits.
        model._weight_conversions = None
    return model


def _keep_special_tokens(config: GenerationConfig) -> GenerationConfig:
    """The ids in a base's generation_config.json alone: its sampling, penalties and beams are not those asked for."""
    return GenerationConfig(
        bos_token_id=config.bos_token_id, eos_token_id=config.eos_token_id, pad_token_id=config.pad_token_id
    )


def _refuse_incomplete_weights(folder: Path, found: Mapping[str, Any]) -> None:
    """Refuses a folder whose weights are not those of the model: what is missing would be random numbers.

    A head that is tied to the embedding is not missing, nor is what the architecture itself leaves out.
    """
    mismatched = [str(key[0] if isinstance(key, tuple) else key) for key in found["mismatched_keys"]]
    kinds = {
        "missing": sorted(found["missing_keys"]),
        "not part of the model": sorted(found["unexpected_keys"]),
        "of another size": sorted(mismatched),
    }
    reasons = [f"{len(names)} {kind}, such as {names[0]}" for kind, names in kinds.items() if names]
    if reasons:
        raise UserError(
            f"{folder}: its weights are not those that its config.json describes: {'; '.join(reasons)}. "
            "Fetch it again, or convert it with the program that saved it"
        )


def _keep_gradients_through_nf4(model: torch.nn.Module) -> None:
    """Keeps 4-bit weights in the form that has gradients.

    Where the processor has AVX512-BF16, bitsandbytes packs them at the first forward without gradients, for instance
    the first validation, and from then on every gradient through them is zero, without a word.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            setattr(module, "support_avx512bf16_for_cpu", False)  # noqa: B010 - a module's attributes have no types


def _build_quantisation_config(quant: Quantisation, dtype: torch.dtype) -> BitsAndBytesConfig | None:
    if quant == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    if quant == "nf4":
        return BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
        )
    return None


def hash_weights(folder: Path) -> str:
    """One hash over the weight files of a model folder, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted([*folder.glob("*.safetensors"), *folder.glob("pytorch_model*.bin")]):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()

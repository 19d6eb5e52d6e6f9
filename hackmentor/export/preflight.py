"""What would stop an export is found before anything is loaded. Imports neither torch nor transformers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import psutil
from safetensors import SafetensorError, safe_open

from hackmentor.model.locate import offline
from hackmentor.runtime.errors import UserError

BYTES = {"fp32": 4.0, "f32": 4.0, "fp16": 2.0, "f16": 2.0, "bf16": 2.0, "q8_0": 34 / 32}
"""A weight on the disk. q8_0: blocks of 32 weights of one byte with a scale of two."""

_SPARE = 64e6
"""Bytes for tokenizer, card and licence."""


def weights_in(folder: Path) -> int:
    """How many numbers a model or an adapter has, from the headers of its files."""
    total = 0
    for file in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(file, framework="np") as opened:
                total += sum(prod(opened.get_slice(name).get_shape()) for name in opened.keys())  # noqa: SIM118
        except SafetensorError as error:
            raise UserError(f"{file}: can't be read ({error}); it is damaged") from error
    # A pickle has no header to read: at least two bytes a weight.
    return total or sum(file.stat().st_size for file in folder.glob("*.bin")) // 2


def refuse_unlike_llama(config: Mapping[str, Any], base: str) -> None:
    """Raises UserError where a config.json has what is not written to GGUF; `base` is its name."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = rope.get("rope_type", rope.get("type", "default"))
    if config.get("model_type") != "llama":
        raise UserError(
            f"{base} is of the family {config.get('model_type')}, and GGUF is written for llama alone. "
            "Use format=merged, and convert_hf_to_gguf.py of llama.cpp on it"
        )
    unknown = [key for key in ("attention_bias", "mlp_bias") if config.get(key)]
    if kind != "default":
        unknown.append(f"rope_type={kind}")
    if unknown:
        raise UserError(
            f"{base} has {', '.join(unknown)}, which is not written to GGUF here. "
            "Use format=merged, and convert_hf_to_gguf.py of llama.cpp on it"
        )


def refuse_full_disk(folder: Path, needed: float) -> None:
    """Raises UserError where the disk of a folder, which need not be there yet, has less room than this (bytes)."""
    place = next(parent for parent in [folder.absolute(), *folder.absolute().parents] if parent.is_dir())
    free = shutil.disk_usage(place).free
    if needed + _SPARE > free:
        raise UserError(
            f"{folder}: the export takes {(needed + _SPARE) / 1e9:.1f} GB and {free / 1e9:.1f} GB are free there; "
            "make room, or name another disk with export.folder=FOLDER"
        )


def refuse_little_memory(weights: int, *, copies: int) -> None:
    """Raises UserError where so many copies of a model in 32 bit do not fit into the free memory."""
    needed, free = 4 * weights * copies, psutil.virtual_memory().available
    if needed > free:
        raise UserError(
            f"the model is merged and compared in 32 bit on the processor, which takes {needed / 1e9:.1f} GB of memory "
            f"and {free / 1e9:.1f} GB are free; export on a larger machine, or use format=adapter"
        )


def refuse_no_token() -> None:
    """Raises UserError where a push could not succeed: no token for the hub, or the hub forbidden."""
    from huggingface_hub import get_token

    if offline():
        raise UserError("export.push: HF_HUB_OFFLINE is set, so nothing can be sent; unset it or leave export.push out")
    if get_token() is None:
        raise UserError("export.push needs a token of the hub: set HF_TOKEN, or run `hf auth login` first")

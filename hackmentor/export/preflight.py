"""Checks before anything is loaded: architecture, disk space, memory, hub token. Needs no torch or transformers."""

from __future__ import annotations

import shutil
from math import prod
from pathlib import Path
from typing import Literal

import psutil
from safetensors import SafetensorError, safe_open

from hackmentor.pretrained.locate import is_hub_offline
from hackmentor.runtime.errors import UserError

BYTES_PER_WEIGHT = {"fp32": 4.0, "f32": 4.0, "fp16": 2.0, "f16": 2.0, "bf16": 2.0, "q8_0": 34 / 32}
"""Bytes per weight on disk. q8_0: blocks of 32 weights of one byte, with a scale of two bytes."""

MergePrecision = Literal["float32", "bfloat16"]

_MERGING_BYTES = 2e9
"""For a file of the export (`merge_shards`), a layer in float32, and what comparing takes."""

_OTHER_FILES_BYTES = 64e6
"""For tokenizer, card and licence."""


def count_parameters(folder: Path) -> int:
    """Counts the parameters of a model or adapter from the headers of its files."""
    total = 0
    for file in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(file, framework="np") as opened:
                total += sum(prod(opened.get_slice(name).get_shape()) for name in opened.keys())  # noqa: SIM118
        except SafetensorError as error:
            raise UserError(f"{file}: can't be read ({error}); it is damaged") from error
    # A pickle has no readable header: at least two bytes per weight.
    return total or sum(file.stat().st_size for file in folder.glob("*.bin")) // 2


def check_disk_space(folder: Path, needed_bytes: float) -> None:
    """Raises UserError if the disk of a folder, which need not exist yet, has less free space than needed."""
    existing = next(parent for parent in [folder.absolute(), *folder.absolute().parents] if parent.is_dir())
    free = shutil.disk_usage(existing).free
    needed_bytes += _OTHER_FILES_BYTES
    if needed_bytes > free:
        raise UserError(
            f"{folder}: the export takes {needed_bytes / 1e9:.1f} GB and {free / 1e9:.1f} GB are free there; "
            "free some space, or choose another disk with export.folder=FOLDER"
        )


def check_memory(parameters: int, *, copies: int) -> None:
    """Raises UserError if this many copies of a model in float32 don't fit into the free memory."""
    _refuse_too_large(4 * parameters * copies, "the model is merged and compared in 32 bit on the CPU")


def choose_merge_precision(parameters: int) -> MergePrecision:
    """The precision in which a cell that is merged layer by layer is compared with its export, one after the other.

    float32 where a copy fits into the free memory, else bf16, in which most bases are stored.

    Raises:
        UserError: if that doesn't fit either.
    """
    free = psutil.virtual_memory().available
    if _MERGING_BYTES + 5 * parameters <= free:  # a byte for the base in int8, as which it is compared too
        return "float32"
    _refuse_too_large(_MERGING_BYTES + 3 * parameters, "the model is compared in bf16 on the CPU")
    return "bfloat16"


def _refuse_too_large(needed: float, purpose: str) -> None:
    free = psutil.virtual_memory().available
    if needed > free:
        raise UserError(
            f"{purpose}, which takes {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free; export on a "
            "larger machine, or use format=adapter"
        )


def check_hub_token() -> None:
    """Raises UserError if a push can't succeed: there is no hub token, or HF_HUB_OFFLINE is set."""
    from huggingface_hub import get_token

    if is_hub_offline():
        raise UserError("export.push: HF_HUB_OFFLINE is set, so nothing can be sent; unset it or leave export.push out")
    if get_token() is None:
        raise UserError("export.push needs a hub token: set HF_TOKEN, or run `hf auth login` first")

"""The weights of an adapter as files: safetensors, or a pickle of 2023 of which no code is run."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import torch
from peft.utils import SAFETENSORS_WEIGHTS_NAME, WEIGHTS_NAME
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import folder_replaced


def read_adapter(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of an adapter by name, on the processor.

    Raises:
        UserError: if there is no adapter in the folder, its weights can't be read or are none, or it is a pickle that
            holds more than tensors.
    """
    if not (folder / "adapter_config.json").is_file():
        raise UserError(f"{folder}: no adapter_config.json in it, so it is no adapter")
    if (file := folder / SAFETENSORS_WEIGHTS_NAME).is_file():
        weights = _read_safetensors(file)
    elif (file := folder / WEIGHTS_NAME).is_file():
        weights = _read_pickle(file)
    else:
        raise UserError(f"{folder}: no weights in it ({SAFETENSORS_WEIGHTS_NAME} or {WEIGHTS_NAME})")
    if not weights:
        raise UserError(f"{file}: no weights in it; the program that saved it lost them, so train it again")
    return weights


def _read_safetensors(file: Path) -> dict[str, torch.Tensor]:
    try:
        return dict(load_file(file))
    except SafetensorError as error:
        raise UserError(f"{file}: can't be read ({error})") from error


def _read_pickle(file: Path) -> dict[str, torch.Tensor]:
    try:
        weights = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UserError(
            f"{file}: a pickle that holds more than tensors, or is damaged. Loading it could run code, so it is not "
            "loaded; ask its author for safetensors"
        ) from error
    except Exception as error:  # of a damaged pickle nearly any
        raise UserError(f"{file}: can't be read ({type(error).__name__}); it is damaged") from error
    if not isinstance(weights, dict) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise UserError(f"{file}: no adapter: it holds something else than named tensors")
    return weights


def convert_adapter(source: Path, target: Path) -> None:
    """Writes an adapter with a pickle of weights as one with safetensors, into a new folder; the old one stays.

    Raises:
        UserError: as `read_adapter`; or if the target is there already.
    """
    if target.exists():
        raise UserError(f"{target} is there already; name a new folder")
    weights = {name: tensor.contiguous().clone() for name, tensor in read_adapter(source).items()}
    with folder_replaced(target) as folder:
        for file in source.iterdir():
            if file.is_file() and file.name not in (WEIGHTS_NAME, SAFETENSORS_WEIGHTS_NAME):
                shutil.copy2(file, folder / file.name)
        save_file(weights, folder / SAFETENSORS_WEIGHTS_NAME, metadata={"format": "pt"})

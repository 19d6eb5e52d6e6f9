"""The quantisation that a model folder has already, as its config.json says. Imports nothing heavy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError

# The four-bit floats in blocks of 32 with a common exponent (Open Compute Project, MX specification 1.0).
MXFP4 = "MXFP4"

# Many times those of the largest models that are published.
_LARGEST_SIZES = {
    "num_hidden_layers": 2_000,
    "hidden_size": 200_000,
    "intermediate_size": 2_000_000,
    "num_attention_heads": 10_000,
    "vocab_size": 20_000_000,
}


def read_model_config(folder: Path) -> dict[str, Any]:
    """The config.json of a model folder; empty if there is none. Raises ValueError, worded, if it is no JSON object."""
    file = folder / "config.json"
    if not file.is_file():
        return {}
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its config.json is no JSON ({error}); fetch it again") from error
    if not isinstance(config, dict):
        raise ValueError("its config.json is no JSON object; fetch it again")
    _check_sizes(config)
    _check_sizes(config.get("text_config"))
    for key, value in config.items():
        _check_implementation(key, value)
    return config


def _check_implementation(key: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """Refuses kernels of a hub, such as `_attn_implementation=ORG/NAME`: transformers downloads their code and runs it.

    A mapping holds one for each part of a model, or the settings of a part.
    """
    if isinstance(value, dict):
        for inner, part in value.items():
            _check_implementation(key if key.endswith("_implementation") else inner, part)
    elif key.endswith("_implementation") and isinstance(value, str) and "/" in value:
        raise ValueError(
            f"its config.json names code on a hub ({key}: {value[:80]!r}), which is not run; remove the key"
        )


def _check_sizes(config: Any) -> None:  # noqa: ANN401 - JSON
    """Refuses sizes that no model has: one would fill the memory before its weights are looked at."""
    for key, limit in _LARGEST_SIZES.items():
        size = config.get(key) if isinstance(config, dict) else None
        if size is not None and (not isinstance(size, int) or not 0 <= size <= limit):
            raise ValueError(f"its config.json says {key}={str(size)[:40]}, which no model has; fetch it again")


def describe_quantisation(folder: Path) -> str | None:
    """How the weights in a folder are quantised already, `int8` and `nf4` as `quant` means it; None if they are not."""
    settings = read_model_config(folder).get("quantization_config")
    if not settings:
        return None
    if not isinstance(settings, dict):
        return "in an unknown way"
    method = str(settings.get("quant_method", "bitsandbytes"))
    if method == "bitsandbytes" or method.startswith("bitsandbytes_"):
        if settings.get("load_in_8bit"):
            return "int8"
        kind = str(settings.get("bnb_4bit_quant_type", "fp4"))
        return "nf4" if kind == "nf4" else f"bitsandbytes {kind}"
    return f"{method.upper()}{f' with {bits} bits' if (bits := settings.get('bits')) else ''}"


def is_dequantised_on_loading(folder: Path) -> bool:
    """Whether the weights are in four bits (MXFP4, as those of gpt-oss) that transformers makes 16 bits of, exactly."""
    return describe_quantisation(folder) == MXFP4


def refuse_other_quantisation(folder: Path, quant: str) -> None:
    """Refuses a base that is quantised already, unless it is what `quant` asks for or can be undone.

    Raises:
        UserError: naming what it is, and the way out.
    """
    found = describe_quantisation(folder)
    if found is None or found == quant or (found == MXFP4 and quant == "none"):
        return
    way_out = f"quant={found} uses it as it is, or name" if found in ("int8", "nf4") else "Name"
    if found == MXFP4:
        way_out = "quant=none trains on the same weights in 16 bit; or name"
    raise UserError(
        f"{folder} is quantised already ({found}), and quant={quant} is asked for. {way_out} the folder of the weights "
        "as they were before, with base.path="
    )

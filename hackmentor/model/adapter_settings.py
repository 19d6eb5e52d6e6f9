"""Whether an adapter's settings may be followed: they come from anybody, and decide what is done to the base."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError

# What starts a layer's two factors and leaves the base as it is. Others of PEFT's (pissa, olora, corda, loftq, lora_ga)
# take what they start with out of the base's weights, for every model that shares it.
_HARMLESS_STARTS = (True, False, None, "gaussian", "orthogonal", "eva")
# Settings that build another model than the base.
_REBUILDING_KEYS = ("layer_replication", "megatron_config")
_PATTERN_KEYS = ("target_modules", "exclude_modules", "layers_pattern", "target_parameters", "modules_to_save")
_PATTERN_MAPPINGS = ("rank_pattern", "alpha_pattern")
_MAX_PATTERN_CHARACTERS, _MAX_REPEATS = 2_000, 3
_REPEAT = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\d*\})")
# A group that is repeated and holds a repeat: the time to find no match doubles with each character.
_NESTED_REPEAT = re.compile(r"(?<!\\)[*+}][^()]*\)+\s*(?:[*+]|\{)")


def refuse_harmful_settings(folder: Path, config: Mapping[str, Any]) -> None:
    """Refuses an adapter whose adapter_config.json would change the base, build another model or take for ever.

    Args:
        folder: the adapter, for the message.
        config: its adapter_config.json.

    Raises:
        UserError: naming the key, with the way to convert the adapter where there is one.
    """
    start = config.get("init_lora_weights", True)
    if not any(start is harmless or start == harmless for harmless in _HARMLESS_STARTS):
        raise UserError(
            f"{folder}: init_lora_weights={start!r} changes the weights of the base that it is put on, for every model "
            "on that base. Convert it where it was trained, with PEFT's "
            "save_pretrained(path_initial_model_for_weight_conversion=...), which gives a plain LoRA of twice the rank"
        )
    if config.get("loftq_config"):
        raise UserError(
            f"{folder}: loftq_config changes the weights of the base that it is put on; remove it from "
            "adapter_config.json, and name the base that LoftQ quantised with base.path=FOLDER"
        )
    for key in _REBUILDING_KEYS:
        if config.get(key):
            raise UserError(f"{folder}: {key} builds another model than the base, which is not done for an adapter")
    for key, value in config.items():
        if not _is_finite(value):
            raise UserError(
                f"{folder}: {key} in adapter_config.json holds a number that is not finite; correct it there"
            )
    for key, pattern in _iterate_patterns(config):
        if reason := _find_costly_part(pattern):
            raise UserError(
                f"{folder}: {key} in adapter_config.json is a pattern that {reason}; list the layers by name"
            )


def _is_finite(value: object) -> bool:
    """Whether a setting holds no infinite number and no NaN, which JSON in Python's form may."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return not isinstance(value, float) or math.isfinite(value)


def _iterate_patterns(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in _PATTERN_KEYS:
        value = config.get(key)
        for pattern in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            yield key, str(pattern)
    for key in _PATTERN_MAPPINGS:
        mapping = config.get(key)
        for pattern in mapping if isinstance(mapping, dict) else {}:
            yield key, str(pattern)


def _find_costly_part(pattern: str) -> str:
    if len(pattern) > _MAX_PATTERN_CHARACTERS and _REPEAT.search(pattern):
        return f"has {len(pattern):,} characters"
    if _NESTED_REPEAT.search(pattern):
        return "repeats a repeat, and may take for ever"
    if any(len(_REPEAT.findall(part)) > _MAX_REPEATS for part in pattern.split("|")):
        return f"has more than {_MAX_REPEATS} repeats, and may take for ever"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"can't be read ({error})"
    return ""

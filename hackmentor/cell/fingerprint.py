"""The fingerprint of a cell: a hash of what determines its trained weights. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from hackmentor.cell.base_files import find_base_folder, has_own_template, read_template_text
from hackmentor.config.schema import Config, Shape
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.runtime.errors import UserError

# The sections that determine the trained weights: not paths, tracking or evaluation.
_FINGERPRINT_SECTIONS = ("seed", "base", "size", "method", "quant", "optimizer", "trainer", "train")

# The hash of the template's text: an edited template trains other weights.
_TEMPLATE_KEY = "template_sha256"

_VALIDATION_KEYS = ("validations", "validation_records")

# How many devices share a cell is the machine's: a step is the same over any number of them. Sharded weights are not.
_DEVICE_KEYS = ("devices", "num_nodes")

_MEMORY_KEYS = ("micro_batch_tokens", "recompute")

# Keys of these sections that don't: where the base lies, how often to validate and to save, and what only memory
# depends on, so that a run that is out of it can continue with less.
_EXCLUDED_KEYS = {
    "train": (*_VALIDATION_KEYS, *_MEMORY_KEYS, "checkpoint_minutes", "checkpoint_steps", "keep_checkpoints"),
    "base": ("path", "licence", "checkpoints", "model", "template_arguments", "template_date"),
    "size": ("checkpoints", "micro_batch_tokens"),
    "quant": ("keep",),
}

# Keys that earlier versions did not have, with what those did: as it is set to, it counts only if it is another.
_LATER_KEYS: dict[str, dict[str, Any]] = {
    "train": {"thoughts": "train", "tool_calls": "train"},
    "optimizer": {"lora_plus": None},
}


def get_fingerprint_fields(config: Config) -> dict[str, Any]:
    """The part of a configuration that determines the trained weights, with the hashes of the data.

    Raises:
        UserError: if the data set is missing.
    """
    whole = config.model_dump(mode="json")
    decided = {key: whole[key] for key in _FINGERPRINT_SECTIONS}
    for section, keys in _EXCLUDED_KEYS.items():
        decided[section] = {key: value for key, value in decided[section].items() if key not in keys}
    for section, former in _LATER_KEYS.items():
        fields = decided[section].items()
        decided[section] = {key: value for key, value in fields if key not in former or former[key] != value}
    decided["trainer"] = _drop_device_count(decided["trainer"])
    decided["base"] |= _get_template_fields(config)
    decided["base"]["checkpoint"] = config.checkpoint.model_dump(exclude={"geometry"})
    hashes = locate_dataset(config).read_hashes()
    decided["data"] = {"name": config.data.name, "sha256": hashes["train.jsonl"]}
    is_sampled = config.train.max_records is not None or config.train.keep == "best"
    if is_sampled and config.sampling_seed != config.seed:  # else the weights are as they were before it had a key
        decided["data_seed"] = config.sampling_seed
    if config.train.keep == "best":  # then the held-out records decide which weights are kept
        decided["train"] |= {key: whole["train"][key] for key in _VALIDATION_KEYS}
        decided["data"]["held_out"] = hashes["eval.jsonl"]
    return decided


def _get_template_fields(config: Config) -> dict[str, Any]:
    """What decides the template beside its name; what is not set is left out, as in cells of earlier versions."""
    base = config.base.model_dump(mode="json", include={"template_arguments", "template_date"})
    return {key: value for key, value in base.items() if value} | {_TEMPLATE_KEY: hash_template(config)}


def hash_template(config: Config, shape: Shape | None = None) -> str | None:
    """The SHA-256 of a template's text; None for a base's own where the base is not here, so that none can be read.

    Raises:
        UserError: if there is no such template.
    """
    shape = shape or config.data.shape
    if has_own_template(config, shape):
        try:
            find_base_folder(config)
        except UserError:
            return None
    return hashlib.sha256(read_template_text(config, shape).encode()).hexdigest()


def compute_fingerprint(config: Config) -> str:
    """The SHA-256 of `get_fingerprint_fields` as JSON. Raises UserError if the data set is missing."""
    return hashlib.sha256(json.dumps(get_fingerprint_fields(config), sort_keys=True).encode()).hexdigest()


def describe_differences(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Lists the differences between two results of `get_fingerprint_fields`: `train.cutoff was 512, now 256; ...`."""
    return "; ".join(sorted(_list_differences(_drop_unknown(old, new), _drop_unknown(new, old))))


def _drop_device_count(trainer: dict[str, Any]) -> dict[str, Any]:
    """The section `trainer` without the number of devices; `ddp` is how several do what one does alone."""
    kept = {key: value for key, value in trainer.items() if key not in _DEVICE_KEYS}
    return {**kept, "strategy": "auto"} if kept.get("strategy") == "ddp" else kept


def _drop_unknown(fields: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Without what earlier versions kept beside, and without the template's hash if one of both has none.

    The hash is missing in cells of earlier versions, and where the base is not here.
    """
    if isinstance(fields.get("trainer"), dict):
        fields = {**fields, "trainer": _drop_device_count(fields["trainer"])}
    bases = [side.get("base", {}) for side in (fields, other)]
    if all(base.get(_TEMPLATE_KEY) for base in bases):
        return fields
    return {**fields, "base": {key: value for key, value in bases[0].items() if key != _TEMPLATE_KEY}}


def _list_differences(old: Any, new: Any, key: str = "") -> list[str]:  # noqa: ANN401 - two JSON trees
    if isinstance(old, dict) and isinstance(new, dict):
        dotted = {name: f"{key}.{name}" if key else name for name in old.keys() | new.keys()}
        return [line for name in dotted for line in _list_differences(old.get(name), new.get(name), dotted[name])]
    return [] if old == new else [f"{key} was {old}, now {new}"]

"""What of a configuration decides the trained weights, hashed, and what differs between two. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from hackmentor.config.schema import Config
from hackmentor.records.dataset_folder import data_folder

# What changes the trained weights. Where things lie, who watches, and how they are evaluated does not, nor how often
# the state is saved, nor how much goes through the model at once: a run that is out of memory goes on with less.
_DECIDES = ("seed", "base", "size", "method", "quant", "optimizer", "trainer", "train")


_VALIDATION = ("validations", "validation_records")


_WATCHES = {
    "train": (*_VALIDATION, "checkpoint_minutes", "checkpoint_steps", "keep_checkpoints", "micro_batch_tokens"),
    "base": ("path", "licence", "checkpoints"),
    "size": ("checkpoints", "micro_batch_tokens"),
    "quant": ("keep",),
}


def deciding(config: Config) -> dict[str, Any]:
    """The part of a configuration that decides the trained weights, with the hashes of the data."""
    whole = config.model_dump(mode="json")
    decided = {key: whole[key] for key in _DECIDES}
    for section, keys in _WATCHES.items():
        decided[section] = {key: value for key, value in decided[section].items() if key not in keys}
    decided["base"]["checkpoint"] = config.checkpoint.model_dump(exclude={"geometry"})
    hashes = data_folder(config).sha256()
    decided["data"] = {"name": config.data.name, "sha256": hashes["train.jsonl"]}
    if config.train.keep == "best":  # then the held-out records have a say in which weights are kept
        decided["train"] |= {key: whole["train"][key] for key in _VALIDATION}
        decided["data"]["held_out"] = hashes["eval.jsonl"]
    return decided


def fingerprint(config: Config) -> str:
    """A hash over what decides the trained weights."""
    return hashlib.sha256(json.dumps(deciding(config), sort_keys=True).encode()).hexdigest()


def differences(old: dict[str, Any], new: dict[str, Any]) -> str:
    """What changed between two results of `deciding`, in words."""
    return "; ".join(sorted(_differences(old, new)))


def _differences(old: Any, new: Any, key: str = "") -> list[str]:  # noqa: ANN401 - two JSON trees
    if isinstance(old, dict) and isinstance(new, dict):
        dotted = {name: f"{key}.{name}" if key else name for name in old.keys() | new.keys()}
        return [line for name in dotted for line in _differences(old.get(name), new.get(name), dotted[name])]
    return [] if old == new else [f"{key} was {old}, now {new}"]

"""Runs of one configuration: cells that differ in nothing but their seed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hackmentor.config.schema import Config


def group_runs(configs: Mapping[str, Config]) -> dict[str, list[str]]:
    """The cells of each configuration by its name, in order; a cell without another seed is one by its own name.

    Args:
        configs: of the cells, by name. Where the seeds of the data differ too, as in grids of 0.1.0, the cells are not
            runs of one configuration: they were trained on other records.
    """
    groups: dict[str, list[str]] = {}
    for name, config in configs.items():
        fields = config.model_dump(mode="json", exclude={"name", "seed", "data_seed"})
        key = json.dumps([fields, config.sampling_seed], sort_keys=True)
        groups.setdefault(key, []).append(name)
    return dict(_name_group(names, configs) for names in groups.values())


def _name_group(names: list[str], configs: Mapping[str, Config]) -> tuple[str, list[str]]:
    """The name without the part that tells the seeds apart: `llama-7b-lora-iio` of `llama-7b-lora-iio-seed1`."""
    if len(names) == 1:
        return names[0], names
    stripped = {_strip_seed(name, configs[name].seed) for name in names}
    return (stripped.pop() if len(stripped) == 1 else names[0]), names


def _strip_seed(name: str, seed: int) -> str:
    # Other swept keys may follow: cell_names appends them in the order of the sweep.
    return "-".join(part for part in name.split("-") if part != f"seed{seed}") or name

"""Expands a sweep into the overrides and the name of each of its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from hackmentor.config import cell_names
from hackmentor.config.cached_composer import CachedComposer
from hackmentor.config.hydra_internals import split_sweep
from hackmentor.config.search_space import keep_last_overrides, list_representative_overrides


@dataclass(frozen=True)
class Sweep:
    """The overrides of each cell in order, and the keys and groups that have several values.

    A key that has several values in an experiment counts even where the command line chooses one of them, so that a
    cell has the same name in a part of a grid as in the whole grid.
    """

    jobs: list[list[str]]
    keys: list[str]
    groups: list[str]
    has_given_name: bool

    def add_cell_name(self, overrides: Sequence[str], composed: DictConfig) -> list[str]:
        """Appends the swept values to the cell's name, where the name doesn't show them yet.

        Sets the name in `composed`, and returns the overrides with the name among them.
        """
        template = str(OmegaConf.to_container(OmegaConf.masked_copy(composed, ["name"]))["name"])  # type: ignore[index, call-overload]
        keys = cell_names.find_unnamed_keys(template, self.keys)
        if not keys or (self.has_given_name and len(self.jobs) == 1):  # a name given for one cell is its name
            return list(overrides)
        swept_values = {key: self._get_swept_value(key, overrides, composed) for key in keys}
        name = cell_names.append_swept_values(str(composed.name), swept_values, self.groups)
        OmegaConf.update(composed, "name", name)
        return [*(line for line in overrides if not line.startswith("name=")), f"name={name}"]

    def _get_swept_value(self, key: str, overrides: Sequence[str], composed: DictConfig) -> Any:  # noqa: ANN401 - YAML
        if key in self.groups:
            return next(line.partition("=")[2] for line in overrides if line.lstrip("+").startswith(f"{key}="))
        value = OmegaConf.select(composed, key)
        return OmegaConf.to_container(value) if OmegaConf.is_config(value) else value


def expand_sweep(
    loader: ConfigLoader,
    composer: CachedComposer,
    params: Mapping[str, Any],
    overrides: Sequence[str],
    *,
    is_search: bool = False,
) -> Sweep:
    """Expands the sweep of an experiment and of the command line into cells.

    Args:
        loader: Hydra's, with our search path.
        composer: knows which keys are groups.
        params: the experiment's sweep: key or group to its values.
        overrides: from the command line; they count more than `params`.
        is_search: the cells are not known in advance; these are cells that represent the whole search space.

    Raises:
        UserError: if a search has a sweep of a kind that it doesn't support.
        HydraException: for overrides that can't be parsed.
    """
    swept = [f"{key}={value}" for key, value in params.items()]
    ours = [line for line in overrides if not _is_hydra_override(line)]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides(swept + ours)
    jobs = list_representative_overrides(keep_last_overrides(parsed)) if is_search else split_sweep(parsed)
    keys = list(dict.fromkeys(override.key_or_group for override in parsed if override.is_sweep_override()))
    has_given_name = any(override.key_or_group == "name" for override in parsed)
    return Sweep(jobs, keys, [key for key in keys if composer.is_group(key)], has_given_name)


def _is_hydra_override(line: str) -> bool:
    return line.lstrip("+~").startswith(("hydra.", "hydra/"))

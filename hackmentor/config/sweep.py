"""From a sweep to the overrides of each of its cells, and a name for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from hackmentor.config import cell_names
from hackmentor.config.cached_composer import Composer
from hackmentor.config.search_space import corners, last_word


@dataclass(frozen=True)
class Sweep:
    """The overrides of each cell in order, and of which keys and groups there are several values.

    A key of which an experiment has several values counts also where the command line chooses one of them: so that a
    part of a grid has the names of the whole.
    """

    jobs: list[list[str]]
    keys: list[str]
    groups: list[str]
    typed_name: bool

    def named(self, overrides: Sequence[str], composed: DictConfig) -> list[str]:
        """Puts the cell's own name into its configuration and its overrides, where keys are missing in it."""
        template = str(OmegaConf.to_container(OmegaConf.masked_copy(composed, ["name"]))["name"])  # type: ignore[index, call-overload]
        keys = cell_names.missing(template, self.keys)
        if not keys or (self.typed_name and len(self.jobs) == 1):  # what names one cell is its name
            return list(overrides)
        chosen = {key: self._chosen(key, overrides, composed) for key in keys}
        name = cell_names.extended(str(composed.name), chosen, self.groups)
        OmegaConf.update(composed, "name", name)
        return [*(line for line in overrides if not line.startswith("name=")), f"name={name}"]

    def _chosen(self, key: str, overrides: Sequence[str], composed: DictConfig) -> Any:  # noqa: ANN401 - of YAML
        if key in self.groups:
            return next(line.partition("=")[2] for line in overrides if line.lstrip("+").startswith(f"{key}="))
        value = OmegaConf.select(composed, key)
        return OmegaConf.to_container(value) if OmegaConf.is_config(value) else value


def expand(
    loader: ConfigLoader,
    composer: Composer,
    params: Mapping[str, Any],
    overrides: Sequence[str],
    *,
    search: bool = False,
) -> Sweep:
    """The sweep of an experiment (`params`: key or group to its values), narrowed or widened by what was typed.

    Of a search, whose cells are not known before, these are the cells at its corners.

    Raises:
        UserError: if a search is over something that it does not know.
        HydraException: for words that can't be read.
    """
    swept = [f"{key}={value}" for key, value in params.items()]
    task = [line for line in overrides if not _concerns_hydra(line)]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides(swept + task)
    jobs = corners(last_word(parsed)) if search else BasicSweeper.split_arguments(parsed, None)[0]
    keys = list(dict.fromkeys(one.key_or_group for one in parsed if one.is_sweep_override()))
    typed_name = any(one.key_or_group == "name" for one in parsed)
    return Sweep(jobs, keys, [key for key in keys if composer.is_group(key)], typed_name)


def _concerns_hydra(line: str) -> bool:
    return line.lstrip("+~").startswith(("hydra.", "hydra/"))

"""Whether a command runs one cell in this process, or cells that a launcher starts."""

from __future__ import annotations

from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

# With these even a single cell is started by the launcher, as a sweep of one.
_CLUSTER_LAUNCHERS = ("slurm", "ray")


def is_multirun(root: DictConfig) -> bool:
    """Whether a composed configuration asks for a multirun: by hydra.mode, or by its launcher or sweeper."""
    mode = OmegaConf.select(root, "hydra.mode")
    if mode is not None:
        return bool(mode == RunMode.MULTIRUN)
    return is_search(root) or _get_chosen_option(root, "hydra/launcher") in _CLUSTER_LAUNCHERS


def is_search(root: DictConfig) -> bool:
    """Whether a composed configuration asks for a hyperparameter search, which chooses its cells as it goes."""
    return _get_chosen_option(root, "hydra/sweeper") == "optuna"


def is_launched_locally(root: DictConfig) -> bool:
    """Whether the cells of a grid are started on this machine, as local processes."""
    return _get_chosen_option(root, "hydra/launcher") == "process"


def _get_chosen_option(root: DictConfig, group: str) -> str | None:
    choices = OmegaConf.select(root, "hydra.runtime.choices") or {}
    return choices.get(group)

"""Whether a command is about one cell in this process, or about cells that a launcher starts."""

from __future__ import annotations

from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

# These start cells elsewhere: where one is asked for, one cell is a sweep as well.
_ELSEWHERE = ("slurm", "ray")


def is_multirun(root: DictConfig) -> bool:
    """Whether a composed configuration asks for a multirun: by hydra.mode, or by its launcher or sweeper."""
    mode = OmegaConf.select(root, "hydra.mode")
    if mode is not None:
        return bool(mode == RunMode.MULTIRUN)
    return is_search(root) or _chosen(root, "hydra/launcher") in _ELSEWHERE


def is_search(root: DictConfig) -> bool:
    """Whether a composed configuration asks for a search, whose cells are chosen one after the other."""
    return _chosen(root, "hydra/sweeper") == "optuna"


def is_local(root: DictConfig) -> bool:
    """Whether cells of a grid are started on this machine, by its own launcher."""
    return _chosen(root, "hydra/launcher") == "process"


def _chosen(root: DictConfig, group: str) -> str | None:
    choices = OmegaConf.select(root, "hydra.runtime.choices") or {}
    return choices.get(group)

"""Whether a command is about one cell in this process, or about cells that a launcher starts."""

from __future__ import annotations

from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

# These start cells elsewhere, or choose them: where one is asked for, one cell is a sweep as well.
_STARTERS = ("hydra/launcher=slurm", "hydra/launcher=ray", "hydra/sweeper=optuna")


def is_multirun(root: DictConfig) -> bool:
    """Whether a composed configuration asks for a multirun: by hydra.mode, or by its launcher or sweeper."""
    mode = OmegaConf.select(root, "hydra.mode")
    if mode is not None:
        return bool(mode == RunMode.MULTIRUN)
    choices = OmegaConf.select(root, "hydra.runtime.choices") or {}
    return any(f"{group}={option}" in _STARTERS for group, option in choices.items())

"""Makes the sweeper and launcher of `hackmentor.grid` known to Hydra, which finds plugins in this namespace only."""

# No `from __future__ import annotations` here: Hydra runs plugin files without registering them as modules, and
# dataclasses can't look up postponed annotations then.
from dataclasses import dataclass, field

from hydra.core.config_store import ConfigStore

from hackmentor.grid import grid_sweeper, optuna_sweeper, process_launcher, ray_launcher, slurm_launcher


class GridSweeper(grid_sweeper.GridSweeper):
    """hydra/sweeper=grid."""


class ProcessLauncher(process_launcher.ProcessLauncher):
    """hydra/launcher=process."""


class SearchSweeper(optuna_sweeper.SearchSweeper):
    """hydra/sweeper=optuna, whose options are in conf/hydra/sweeper/optuna.yaml."""


class SlurmLauncher(slurm_launcher.SlurmLauncher):
    """hydra/launcher=slurm, whose options are in conf/hydra/launcher/slurm.yaml."""


class RayLauncher(ray_launcher.RayLauncher):
    """hydra/launcher=ray, whose options are in conf/hydra/launcher/ray.yaml."""


@dataclass
class GridSweeperConf:
    """Options of hydra/sweeper=grid: `params` maps a key or group to its values, as on the command line."""

    _target_: str = f"{__name__}.GridSweeper"
    params: dict[str, str] | None = field(default_factory=dict)


@dataclass
class ProcessLauncherConf:
    """Options of hydra/launcher=process."""

    _target_: str = f"{__name__}.ProcessLauncher"


store = ConfigStore.instance()
store.store(group="hydra/sweeper", name="grid", node=GridSweeperConf, provider="hackmentor")
store.store(group="hydra/launcher", name="process", node=ProcessLauncherConf, provider="hackmentor")

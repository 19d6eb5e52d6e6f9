"""hydra/launcher=ray: each cell is a Ray task, which starts the cell's process and waits for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from hackmentor.config.schema import Config, RaySettings
from hackmentor.grid.cluster_launcher import ClusterCell, ClusterLauncher
from hackmentor.grid.optional_packages import needs
from hackmentor.grid.ray_task import run_cell
from hackmentor.grid.train_command import launcher_settings
from hackmentor.runtime.errors import StoppedError, UserError
from hackmentor.runtime.signals import RESUMES, Interrupts

log = logging.getLogger(__name__)

RayCell = ClusterCell[RaySettings]

# A cell that is asked to stop finishes its step and saves itself.
_SAVED_SECONDS = 60.0


class RayLauncher(ClusterLauncher[RaySettings]):
    """Starts as many cells at once as the cluster has room for."""

    def refuse_missing(self) -> None:
        """Raises UserError where there is no Ray."""
        needs("ray", extra="ray", option="hydra/launcher=ray")

    def asked(self, composed: DictConfig, config: Config) -> RaySettings:
        """As `ray_settings`."""
        return ray_settings(composed, config)

    def train(self, cells: Sequence[RayCell]) -> dict[str, str]:
        """Runs a task a cell."""
        where = _where(cells[0].settings.address)
        import ray  # which reads the environment now

        ray.init(**where, log_to_driver=False)
        try:
            return _waited({_started(cell): cell.name for cell in cells})
        finally:
            ray.shutdown()


def _where(address: str | None) -> dict[str, Any]:
    """The arguments of `ray.init` that join a running Ray, or start one for this command and this machine alone."""
    if address is not None or os.environ.get("RAY_ADDRESS"):
        return {"address": address}
    # As on macOS and Windows, where Ray has no clusters unless this says so: it listens on the loopback alone.
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    return {"address": "local", "include_dashboard": False}


def ray_settings(composed: DictConfig, config: Config) -> RaySettings:
    """What a cell's task asks for.

    Raises:
        UserError: naming each key of hydra.launcher that is wrong, or for a cell that no single node can train.
    """
    devices, nodes = config.trainer.devices, config.trainer.num_nodes
    if nodes > 1:
        raise UserError(
            f"hydra/launcher=ray trains a cell on one node, not {nodes}; hydra/launcher=slurm does on several"
        )
    settings = launcher_settings(composed, RaySettings)
    if settings.num_gpus is not None:
        return settings
    if config.trainer.accelerator == "auto" or not isinstance(devices, int) or devices < 1:
        raise UserError(
            "hydra/launcher=ray must know what to ask for: use trainer=gpu or trainer=cpu with a number of "
            "trainer.devices, or say hydra.launcher.num_gpus"
        )
    return settings.model_copy(update={"num_gpus": devices if config.trainer.accelerator == "gpu" else 0})


def _waited(names: dict[Any, str]) -> dict[str, str]:
    """How each task ended, by the name of its cell.

    Raises:
        StoppedError: once the cells that were running have saved themselves, if a signal asked to stop.
    """
    import ray

    ended, waiting = dict[str, str](), list(names)
    with Interrupts() as interrupts:
        interrupts.patient = True  # an exception must not come up inside of Ray
        while waiting and interrupts.received is None:
            finished, waiting = ray.wait(waiting, timeout=1.0)
            for task in finished:
                ended[names[task]] = _ended(task)
                log.info("%s: %s", names[task], ended[names[task]])
        if interrupts.received is not None:
            for task in waiting:
                ray.cancel(task)
            ray.wait(waiting, num_returns=len(waiting), timeout=_SAVED_SECONDS)
            raise StoppedError.by_signal(
                interrupts.received, f"cells that are done stay done, {RESUMES} with the others"
            )
    return ended


def _started(cell: RayCell) -> Any:  # noqa: ANN401 - a reference of Ray's
    import ray

    asked = cell.settings.model_dump(exclude={"address"})
    # One call a worker: nothing that a task leaves in its process reaches the next one.
    task = ray.remote(max_calls=1)(run_cell).options(name=cell.name, **asked)
    return task.remote(cell.command, str(Path.cwd()), dict(os.environ))


def _ended(task: Any) -> str:  # noqa: ANN401 - a reference of Ray's
    import ray

    try:
        code = int(ray.get(task))
    except ray.exceptions.RayError as error:
        return str(error).strip().splitlines()[-1]
    return f"ended by signal {-code}" if code < 0 else f"exit code {code}"

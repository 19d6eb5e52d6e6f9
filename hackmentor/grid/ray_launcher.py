"""hydra/launcher=ray: trains each cell in a Ray task, which starts the cell's process and waits for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from hackmentor.config.schema import Config, RaySettings
from hackmentor.grid.cluster_launcher import ClusterCell, ClusterLauncher
from hackmentor.grid.optional_packages import check_package_installed
from hackmentor.grid.ray_task import run_cell
from hackmentor.grid.train_command import parse_launcher_settings
from hackmentor.runtime.errors import StoppedError, UserError
from hackmentor.runtime.signals import RESUME_HINT, StopSignalHandler

log = logging.getLogger(__name__)

RayCell = ClusterCell[RaySettings]

# A cell that is asked to stop finishes its step and saves itself.
_SAVE_TIMEOUT_SECONDS = 60.0


class RayLauncher(ClusterLauncher[RaySettings]):
    """Starts as many cells at once as the cluster has resources for."""

    def check_engine_installed(self) -> None:
        """Raises UserError if Ray is not installed."""
        check_package_installed("ray", extra="ray", option="hydra/launcher=ray")

    def parse_settings(self, composed: DictConfig, config: Config) -> RaySettings:
        """As `parse_ray_settings`."""
        return parse_ray_settings(composed, config)

    def run_jobs(self, cells: Sequence[RayCell]) -> dict[str, str]:
        """Runs one task per cell."""
        arguments = _build_init_arguments(cells[0].settings.address)
        import ray  # reads the environment when it is imported

        ray.init(**arguments, log_to_driver=False)
        try:
            return _wait_for_tasks({_start_task(cell): cell.name for cell in cells})
        finally:
            ray.shutdown()


def _build_init_arguments(address: str | None) -> dict[str, Any]:
    """The arguments of `ray.init` that connect to a running Ray, or start a local one for this command."""
    if address is not None or os.environ.get("RAY_ADDRESS"):
        return {"address": address}
    # As on macOS and Windows, where Ray has no clusters by default: it then listens on the loopback interface only.
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    return {"address": "local", "include_dashboard": False}


def parse_ray_settings(composed: DictConfig, config: Config) -> RaySettings:
    """The resources that a cell's task requests.

    Raises:
        UserError: naming each key of hydra.launcher that is wrong, or for a cell that needs several nodes.
    """
    devices, nodes = config.trainer.devices, config.trainer.num_nodes
    if nodes > 1:
        raise UserError(
            f"hydra/launcher=ray trains a cell on one node, not {nodes}; hydra/launcher=slurm does on several"
        )
    settings = parse_launcher_settings(composed, RaySettings)
    if settings.num_gpus is not None:
        return settings
    if config.trainer.accelerator == "auto" or not isinstance(devices, int) or devices < 1:
        raise UserError(
            "hydra/launcher=ray must know what to ask for: use trainer=gpu or trainer=cpu with a number of "
            "trainer.devices, or say hydra.launcher.num_gpus"
        )
    return settings.model_copy(update={"num_gpus": devices if config.trainer.accelerator == "gpu" else 0})


def _wait_for_tasks(names: dict[Any, str]) -> dict[str, str]:
    """Waits for all tasks; returns how each ended, by the name of its cell.

    Args:
        names: the name of the cell of each task.

    Raises:
        StoppedError: once the cells that were running have saved themselves, if a signal asked to stop.
    """
    import ray

    endings, running = dict[str, str](), list(names)
    with StopSignalHandler() as handler:
        handler.defers_stop = True  # an exception must not be raised inside of Ray
        while running and handler.received is None:
            finished, running = ray.wait(running, timeout=1.0)
            for task in finished:
                endings[names[task]] = _describe_task_end(task)
                log.info("%s: %s", names[task], endings[names[task]])
        if handler.received is not None:
            for task in running:
                ray.cancel(task)
            ray.wait(running, num_returns=len(running), timeout=_SAVE_TIMEOUT_SECONDS)
            raise StoppedError.from_signal(
                handler.received, f"cells that are done stay done, {RESUME_HINT} with the others"
            )
    return endings


def _start_task(cell: RayCell) -> Any:  # noqa: ANN401 - a reference of Ray's
    import ray

    options = cell.settings.model_dump(exclude={"address"})
    # A new worker process per task: nothing that one task leaves behind reaches the next.
    task = ray.remote(max_calls=1)(run_cell).options(name=cell.name, **options)
    return task.remote(cell.command, str(Path.cwd()), dict(os.environ))


def _describe_task_end(task: Any) -> str:  # noqa: ANN401 - a reference of Ray's
    import ray

    try:
        code = int(ray.get(task))
    except ray.exceptions.RayError as error:
        return str(error).strip().splitlines()[-1]
    return f"ended by signal {-code}" if code < 0 else f"exit code {code}"

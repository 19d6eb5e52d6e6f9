"""hackmentor plan: what each cell will need, and whether it fits. Loads no weights."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from hackmentor.cell.folder import CellFolder, cell_folder
from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_grid, opened
from hackmentor.config.schema import Config
from hackmentor.config.schema import Plan as Settings
from hackmentor.plan.devices import Device, device
from hackmentor.plan.estimate import estimate
from hackmentor.plan.past_runs import Measured, earlier_speed, kind_of, measured
from hackmentor.plan.plan_inputs import known, other_sizes
from hackmentor.plan.plan_tables import Planned, as_json, show
from hackmentor.plan.suggest_changes import smallest_change
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("plan", argv, plan)


def plan(request: Request) -> int:
    """Plans every cell of the request and shows them; plan.output keeps all figures."""
    with opened(request) as hydra:
        grid = compose_grid(hydra, request)
    configs = [cell.config for cell in grid.cells]
    settings = configs[0].plan
    assert settings is not None  # conf/plan.yaml has the section
    if settings.output is not None and Path(settings.output).is_dir():
        raise UserError(f"plan.output={settings.output} is a folder; name a file")
    planned = [planned_cell(config, settings) for config in configs]
    show(planned, Console(markup=False, emoji=False, highlight=False))
    for one in grid.impossible:
        print(f"{one.config.name}: skipped: {one.why}")
    if settings.output is not None:
        write_json(Path(settings.output), {"planned": [as_json(one) for one in planned]})
        print(f"all figures as JSON: {settings.output}")
    return 0


def planned_cell(config: Config, settings: Settings) -> Planned:
    """One cell, planned.

    Raises:
        UserError: for a device or base that is not known, or a record that training would refuse.
    """
    on = device(settings.device, config.trainer.accelerator)
    cell = known(config, on, settings.sample)
    notes = [*cell.notes, *_elsewhere(config, on, settings)]
    here = settings.device == "auto" or (settings.device == "cpu" and config.trainer.accelerator == "cpu")
    kind = kind_of(config.model_dump(mode="json"))
    speed = earlier_speed(Path(config.paths.outputs), kind) if here else None
    found = estimate(cell.task, on, speed)
    change = None if found.fits else smallest_change(cell.task, on.memory, other_sizes(config))
    done = _done(config, notes) if here else None
    return Planned(config.name, cell.task, on, found, change, done, notes)


def _elsewhere(config: Config, on: Device, settings: Settings) -> list[str]:
    """Says where the device is not the one that training would ask for."""
    if config.trainer.accelerator == "gpu" and not on.on_gpu:
        asked = "this machine tells of none" if settings.device == "auto" else f"plan.device={settings.device} is none"
        return [f"trainer.accelerator=gpu, and {asked}; planned for this processor: name a GPU with plan.device="]
    if config.trainer.accelerator == "cpu" and on.on_gpu:
        return [f"trainer.accelerator=cpu; planned for {on.name} all the same, at trainer.precision as it is"]
    return []


def _done(config: Config, notes: list[str]) -> Measured | None:
    """What the cell took, if it is finished with just this configuration."""
    folder: CellFolder = cell_folder(config)
    if not folder.done.is_file():
        return None
    try:
        return measured(folder) if folder.is_done(config) else None
    except UserError as error:
        notes.append(str(error))
        return None


if __name__ == "__main__":
    sys.exit(main())

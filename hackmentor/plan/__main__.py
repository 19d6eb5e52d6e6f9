"""hackmentor plan: the memory and time each cell will need, and whether it fits the device. Loads no weights."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from hackmentor.cell.folder import CellFolder, get_cell_folder
from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config, PlanSettings
from hackmentor.evaluate.power_statement import EvaluationPower
from hackmentor.plan.devices import Device, resolve_device
from hackmentor.plan.estimate import estimate_run
from hackmentor.plan.evaluation_power import find_evaluation_power, print_evaluation_power
from hackmentor.plan.past_runs import MeasuredRun, build_speed_key, find_past_speed, read_measured_run
from hackmentor.plan.plan_inputs import collect_plan_inputs, get_other_sizes
from hackmentor.plan.plan_tables import CellPlan, plan_to_json, print_plans
from hackmentor.plan.suggest_changes import find_smallest_change
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run_command("plan", argv, plan)


def plan(request: CommandRequest) -> int:
    """Plans every cell of the request and prints the plans; plan.output is a file for all figures."""
    with hydra_initialized(request) as hydra:
        grid = compose_grid(hydra, request)
    configs = [cell.config for cell in grid.cells]
    settings = configs[0].plan
    assert settings is not None  # conf/plan.yaml has the section
    if settings.output is not None and Path(settings.output).is_dir():
        raise UserError(f"plan.output={settings.output} is a folder; name a file")
    plans = [plan_cell(config, settings) for config in configs]
    console = Console(markup=False, emoji=False, highlight=False)
    print_plans(plans, console)
    power = find_evaluation_power(configs)
    print_evaluation_power(power, console)
    for impossible in grid.impossible:
        print(f"{impossible.config.name}: skipped: {impossible.reason}")
    if settings.output is not None:
        evaluation = asdict(power) if isinstance(power, EvaluationPower) else None
        planned = [plan_to_json(cell_plan) for cell_plan in plans]
        write_json(Path(settings.output), {"planned": planned, "evaluation": evaluation})
        print(f"all figures as JSON: {settings.output}")
    return 0


def plan_cell(config: Config, settings: PlanSettings) -> CellPlan:
    """Plans one cell.

    Raises:
        UserError: if the device or base is unknown, or training would reject a record.
    """
    device = resolve_device(settings.device, config.trainer.accelerator)
    inputs = collect_plan_inputs(config, device, settings.sample)
    notes = [*inputs.notes, *_note_other_device(config, device, settings)]
    on_this_machine = settings.device == "auto" or (settings.device == "cpu" and config.trainer.accelerator == "cpu")
    speed_key = build_speed_key(config.model_dump(mode="json"))
    speed = find_past_speed(Path(config.paths.outputs), speed_key) if on_this_machine else None
    estimate = estimate_run(inputs.run, device, speed)
    change = None if estimate.fits else find_smallest_change(inputs.run, device.memory, get_other_sizes(config))
    measured = _read_measured(config, notes) if on_this_machine else None
    return CellPlan(config.name, inputs.run, device, estimate, change, measured, notes)


def _note_other_device(config: Config, device: Device, settings: PlanSettings) -> list[str]:
    """Returns a note if the device is not the one that training would use."""
    if config.trainer.accelerator == "gpu" and not device.on_gpu:
        found = "this machine has none" if settings.device == "auto" else f"plan.device={settings.device} is none"
        return [f"trainer.accelerator=gpu, and {found}; planned for this processor: name a GPU with plan.device="]
    if config.trainer.accelerator == "cpu" and device.on_gpu:
        return [f"trainer.accelerator=cpu; planned for {device.name} all the same, at trainer.precision as it is"]
    return []


def _read_measured(config: Config, notes: list[str]) -> MeasuredRun | None:
    """Memory and time of the finished cell; None unless it was trained with exactly this configuration."""
    folder: CellFolder = get_cell_folder(config)
    if not folder.done.is_file():
        return None
    try:
        return read_measured_run(folder) if folder.is_done(config) else None
    except UserError as error:
        notes.append(str(error))
        return None


if __name__ == "__main__":
    sys.exit(main())

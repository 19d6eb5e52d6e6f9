"""Where the cells of a grid run: the options of hydra/launcher=slurm and hydra/launcher=ray."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hackmentor.config.schema.section import Positive, Section


class SlurmSettings(Section):
    """What a cell's job asks SLURM for, with the names of sbatch and submitit; None leaves it to the site."""

    nodes: Positive
    tasks_per_node: Positive
    gpus_per_node: Annotated[int, Field(ge=0)] | None
    gres: str | None
    cpus_per_task: Positive | None
    mem_gb: Annotated[float, Field(gt=0)] | None
    partition: str | None
    account: str | None
    qos: str | None
    constraint: str | None
    exclude: str | None
    timeout_min: Positive
    signal_delay_s: Positive
    max_timeouts: Annotated[int, Field(ge=0)]
    setup: list[str]
    additional_parameters: dict[str, str | int | bool]
    poll_seconds: Annotated[float, Field(gt=0)]


class RaySettings(Section):
    """Which Ray runs the cells, and what of it one cell takes."""

    address: str | None
    num_cpus: Annotated[float, Field(gt=0)]
    num_gpus: Annotated[float, Field(ge=0)] | None
    max_retries: Annotated[int, Field(ge=0)]

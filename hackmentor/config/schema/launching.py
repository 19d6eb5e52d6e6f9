"""The options of the launchers for clusters: hydra/launcher=slurm and hydra/launcher=ray."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hackmentor.config.schema.section import Positive, Section

# The values and the options of a job script's #SBATCH lines: a line break would begin a line of shell.
JobText = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
JobOption = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class SlurmSettings(Section):
    """What a cell's job asks SLURM for, with the names of sbatch and submitit; null leaves it to the site."""

    nodes: Positive
    """How many nodes a cell trains on: as its trainer.num_nodes."""
    tasks_per_node: Positive
    """How many processes on each: as its trainer.devices."""
    gpus_per_node: Annotated[int, Field(ge=0)] | None
    """How many GPUs of each; null is one a process, and 0 where the site wants gres instead."""
    gres: JobText | None
    """The same in the words of a site: `gpu:a100:1`."""
    cpus_per_task: Positive | None
    """How many processors for each process."""
    mem_gb: Annotated[float, Field(gt=0)] | None
    """Memory of a node."""
    partition: JobText | None
    """The queue."""
    account: JobText | None
    """Who pays."""
    qos: JobText | None
    """Quality of service."""
    constraint: JobText | None
    """Features that a node must have."""
    exclude: JobText | None
    """Nodes that are not to be used."""
    timeout_min: Positive
    """The time limit of a job; a cell that needs longer is saved, requeued and continued."""
    signal_delay_s: Positive
    """How long before the limit a cell is asked to save itself."""
    max_timeouts: Annotated[int, Field(ge=0)]
    """How often a cell may reach the limit."""
    setup: list[str]
    """Lines of shell before the cell starts."""
    additional_parameters: dict[JobOption, JobText | int | bool]
    """Any other option of sbatch, by its long name."""
    poll_seconds: Annotated[float, Field(gt=0)]
    """How often the queue is asked."""


class RaySettings(Section):
    """Which Ray runs the cells, and what of it one cell takes."""

    address: str | None
    """Of a running Ray, or auto; null is what RAY_ADDRESS names, else a new Ray for this command."""
    num_cpus: Annotated[float, Field(gt=0)]
    """How many processors of a node a cell takes."""
    num_gpus: Annotated[float, Field(ge=0)] | None
    """How many GPUs of a node a cell takes; null is one a device."""
    max_retries: Annotated[int, Field(ge=0)]
    """How often a cell goes on elsewhere when its node is lost."""

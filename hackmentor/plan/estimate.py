"""The memory and time of one training run, from plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

from hackmentor.plan.devices import Device
from hackmentor.plan.step_time import Speed, estimate_seconds, estimate_speed
from hackmentor.plan.workload import RecordSample, Workload, count_workload
from hackmentor.prompts.encode import OverlengthPolicy
from hackmentor.runtime.errors import UserError
from hackmentor.train.memory_model.memory import MemoryEstimate, compute_peak_memory
from hackmentor.train.memory_model.training_setup import TrainingSetup
from hackmentor.train.packing import PackSize


@dataclass(frozen=True)
class TrainingRun:
    """The training run of one cell. `records` is None if the data set is missing.

    `held_out_records` counts the records that go through the model to measure the held-out loss, in all measurements.
    """

    setup: TrainingSetup
    records: RecordSample | None
    cutoff: int
    overlength: OverlengthPolicy
    batch_size: int
    micro_batch_tokens: int
    epochs: int
    max_steps: int
    devices: int
    seed: int
    held_out_records: int

    def count_workload(self) -> Workload | None:
        """Counts its steps and tokens; None if the data set is missing.

        Raises:
            UserError: if the cutoff leaves no record, or a record is over it and overlength=error.
        """
        if self.records is None:
            return None
        workload = count_workload(
            self.records,
            cutoff=self.cutoff,
            overlength=self.overlength,
            batch_size=self.batch_size,
            micro_batch_tokens=self.micro_batch_tokens,
            epochs=self.epochs,
            max_steps=self.max_steps,
            devices=self.devices,
            seed=self.seed,
        )
        if workload is None:
            raise UserError(
                f"none of {self.records.record_count} records is left to train on; raise train.cutoff={self.cutoff}"
            )
        return workload

    def compute_memory(self, workload: Workload | None) -> MemoryEstimate:
        """Its peak memory; without a workload that of a full pack of trained tokens, which no pack exceeds."""
        if workload is None:
            return compute_peak_memory(self.setup, [PackSize(self.micro_batch_tokens, self.micro_batch_tokens)])
        return compute_peak_memory(self.setup, workload.packs, accumulates=workload.accumulates)


@dataclass(frozen=True)
class RunEstimate:
    """The needs of a run on a device; `workload`, `speed` and `seconds` are None if not known."""

    memory: MemoryEstimate
    workload: Workload | None
    speed: Speed | None
    seconds: float | None
    fits: bool


def estimate_run(run: TrainingRun, device: Device, past_speed: Speed | None) -> RunEstimate:
    """Estimates a run; `past_speed` is the measured speed of a comparable finished cell, if there is one.

    Raises:
        UserError: if the cutoff leaves no record, or a record is over it and overlength=error.
    """
    workload = run.count_workload()
    memory = run.compute_memory(workload)
    speed, peak_flops = past_speed, device.get_peak_flops(run.setup.precision)
    if speed is None and workload is not None and peak_flops is not None:
        speed = estimate_speed(run.setup, workload, peak_flops)
    seconds = None
    if workload is not None and speed is not None:
        per_record = workload.tokens / (workload.steps * run.batch_size)
        seconds = estimate_seconds(run.setup, workload, run.held_out_records * per_record, speed, run.devices)
    return RunEstimate(memory, workload, speed, seconds, fits=memory.total <= device.memory)

"""What one cell will need, from plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

from hackmentor.plan.devices import Device
from hackmentor.plan.memory import Memory, peak
from hackmentor.plan.step_time import Speed, expected_speed, seconds
from hackmentor.plan.training_setup import Setting
from hackmentor.plan.workload import Sampled, Work, work
from hackmentor.prompts.encode import Overlength
from hackmentor.runtime.errors import UserError
from hackmentor.train.packing import PackSize


@dataclass(frozen=True)
class Task:
    """One cell's training. `records` is None where the data set is missing.

    `held_out` is how many records go through the model to measure the held-out loss, all measurements together.
    """

    setting: Setting
    records: Sampled | None
    cutoff: int
    overlength: Overlength
    batch_size: int
    micro_batch_tokens: int
    epochs: int
    max_steps: int
    devices: int
    seed: int
    held_out: int

    def work(self) -> Work | None:
        """Its steps and tokens, where the data set is there.

        Raises:
            UserError: if the cutoff leaves no record, or a record is over it and overlength=error.
        """
        if self.records is None:
            return None
        done = work(
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
        if done is None:
            raise UserError(
                f"none of {self.records.records} records is left to train on; raise train.cutoff={self.cutoff}"
            )
        return done

    def memory(self, done: Work | None) -> Memory:
        """Its peak; without records that of a full pack, all of it trained on, which no pack exceeds."""
        if done is None:
            return peak(self.setting, [PackSize(self.micro_batch_tokens, self.micro_batch_tokens)])
        return peak(self.setting, done.packs, accumulates=done.accumulates)


@dataclass(frozen=True)
class Estimate:
    """What a task takes on a device; `work`, `speed` and `seconds` are None where nothing tells them."""

    memory: Memory
    work: Work | None
    speed: Speed | None
    seconds: float | None
    fits: bool


def estimate(task: Task, device: Device, measured: Speed | None) -> Estimate:
    """Plans a task; `measured` is the speed of an earlier cell of its kind.

    Raises:
        UserError: if the cutoff leaves no record, or a record is over it and overlength=error.
    """
    done = task.work()
    memory = task.memory(done)
    speed, peak_flops = measured, device.peak(task.setting.precision)
    if speed is None and done is not None and peak_flops is not None:
        speed = expected_speed(task.setting, done, peak_flops)
    span = None
    if done is not None and speed is not None:
        per_record = done.tokens / (done.steps * task.batch_size)
        span = seconds(task.setting, done, task.held_out * per_record, speed, task.devices)
    return Estimate(memory, done, speed, span, fits=memory.total <= device.memory)

"""The records of a cell as optimizer steps, for Lightning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import lightning as L
import torch
from datasets import Dataset
from torch.utils.data import DataLoader

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import NoRecordLeftError, OverlengthPolicy
from hackmentor.prompts.example import Example
from hackmentor.runtime.errors import UserError
from hackmentor.train.encoding_cache import load_encoded_examples
from hackmentor.train.packing import ONE_RECORD, Step, build_step, plan_epoch


class RecordsDataModule(L.LightningDataModule):
    """Training and held-out records, encoded with the template of the base and packed into steps.

    Args:
        train: JSONL of records to train on.
        held_out: JSONL of records to measure loss on.
        template: what turns a conversation into tokens.
        batch_size: records an optimizer step, over all devices.
        micro_batch_tokens: tokens that go through the model at once.
        cutoff: tokens a record may have.
        overlength: what happens to longer ones.
        max_records: train on an even sample of so many; None for all.
        validation_records: measure the held-out loss on an even sample of so many.
        epochs: how often every record comes.
        max_steps: stop after so many optimizer steps; -1 for no limit.
        seed: of the order of records.
        sampling_seed: of samples of records; None is that of their order.
        cache: a folder for encoded records; None for none.
        lockstep: every device has as many packs a step as the others, as a sharded model needs it.
    """

    def __init__(
        self,
        train: Path,
        held_out: Path,
        template: ChatTemplate,
        *,
        batch_size: int,
        micro_batch_tokens: int,
        cutoff: int,
        overlength: OverlengthPolicy,
        max_records: int | None,
        validation_records: int,
        epochs: int,
        max_steps: int,
        seed: int,
        sampling_seed: int | None = None,
        cache: Path | None = None,
        lockstep: bool = False,
    ) -> None:
        super().__init__()
        self.batch_size, self.micro_batch_tokens, self.seed = batch_size, micro_batch_tokens, seed
        self.epochs, self.max_steps, self.lockstep = epochs, max_steps, lockstep
        # Set to False for a model in which records packed together don't have the losses that they have alone.
        self.packed = True
        drawn = seed if sampling_seed is None else sampling_seed
        encoded = partial(load_encoded_examples, template=template, seed=drawn, cutoff=cutoff, cache=cache)
        self.examples, self.report = encoded(train, max_records=max_records, overlength=overlength)
        # Held-out records are cut, never dropped: the figure must not depend on what the training leaves out.
        try:
            held = encoded(held_out, max_records=validation_records, overlength="truncate")
        except NoRecordLeftError as error:
            raise UserError(
                f"none of the {validation_records} held-out records that the loss is measured on has its answer within "
                f"train.cutoff={cutoff}; raise it, or train.validation_records"
            ) from error
        self.held_out, self.held_out_report = held

    def count_steps(self, devices: int = 1) -> int:
        """How many optimizer steps the whole fit takes."""
        total = self.epochs * len(self._plan_epoch(0, devices))
        return total if self.max_steps < 0 else min(total, self.max_steps)

    def count_epochs(self, devices: int = 1) -> int:
        """How many epochs the fit begins."""
        return math.ceil(self.count_steps(devices) / len(self._plan_epoch(0, devices)))

    def has_same_steps(self, devices: int, others: int) -> bool:
        """Whether two numbers of devices make the same steps of the records."""
        return self._plan_epoch(0, devices) == self._plan_epoch(0, others)

    def train_dataloader(self) -> DataLoader[Step]:
        """The steps that are left of an epoch; one item is one optimizer step of this device.

        Lightning asks again for each epoch. The number of finished steps says where the fit stands, so that one that
        continues a checkpoint sees the same records in the same order as one that was never stopped.
        """
        devices, done = (self.trainer.world_size, self.trainer.global_step) if self.trainer else (1, 0)
        epoch, begun = divmod(done, len(self._plan_epoch(0, devices)))
        left = self._plan_epoch(epoch, devices)[begun:][: self.count_steps(devices) - done]
        return self._build_loader(self.examples, left)

    def val_dataloader(self) -> DataLoader[Step]:
        """Held-out records in file order."""
        records, size = len(self.held_out), self.batch_size
        batches = [list(range(i, min(i + size, records))) for i in range(0, records, size)]
        return self._build_loader(self.held_out, batches)

    def _plan_epoch(self, epoch: int, devices: int) -> list[list[int]]:
        return plan_epoch(len(self.examples), self.batch_size, seed=self.seed, epoch=epoch, devices=devices)

    def _build_loader(self, examples: Dataset, batches: list[list[int]]) -> DataLoader[Step]:
        # A generator of its own: a loader draws a number each time it begins, and that must not come from the one that
        # draws dropout, which a continued fit takes up in the middle of an epoch.
        return DataLoader(examples, batch_sampler=batches, collate_fn=self._collate, generator=torch.Generator())

    def _collate(self, rows: Sequence[dict[str, object]]) -> Step:
        rank, devices = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        examples = [Example(**row) for row in rows]  # type: ignore[arg-type]
        tokens = self.micro_batch_tokens if self.packed else ONE_RECORD
        return build_step(examples, tokens, rank=rank, devices=devices, lockstep=self.lockstep)

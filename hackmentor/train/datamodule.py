"""The records of a cell as optimizer steps, for Lightning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import lightning as L
from datasets import Dataset
from torch.utils.data import DataLoader, Sampler

from hackmentor.data.records import Record, read_records
from hackmentor.data.sample import even_sample
from hackmentor.prompts.chat import ChatTemplate
from hackmentor.train.examples import EncodingReport, Example, Overlength, encode_records
from hackmentor.train.packing import Step, make_step, plan_epoch


class EpochSteps(Sampler[list[int]]):
    """Yields the record numbers of each step, in another order each epoch, the same for the same seed."""

    def __init__(self, records: int, batch_size: int, *, seed: int, devices: int = 1, shuffle: bool = True) -> None:
        self.records, self.batch_size, self.seed, self.devices, self.shuffle = (
            records,
            batch_size,
            seed,
            devices,
            shuffle,
        )
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this at the start of each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self._plan())

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._plan())

    def _plan(self) -> list[list[int]]:
        if not self.shuffle:
            return [
                list(range(i, min(i + self.batch_size, self.records))) for i in range(0, self.records, self.batch_size)
            ]
        return plan_epoch(self.records, self.batch_size, seed=self.seed, epoch=self.epoch, devices=self.devices)


class RecordsModule(L.LightningDataModule):
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
        seed: of samples and order.
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
        overlength: Overlength,
        max_records: int | None,
        validation_records: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.batch_size, self.micro_batch_tokens, self.seed = batch_size, micro_batch_tokens, seed
        records = even_sample(read_records(train), max_records, seed)
        held_out_records = even_sample(read_records(held_out), validation_records, seed)
        self.examples, self.report = _encoded(records, template, cutoff, overlength)
        # Held-out records are cut, never dropped: the figure must not depend on what the training leaves out.
        self.held_out, self.held_out_report = _encoded(held_out_records, template, cutoff, "truncate")

    def steps(self, epochs: int, most: int = -1) -> int:
        """How many optimizer steps a fit of so many epochs takes, and at most `most` (-1: no limit)."""
        every = epochs * len(EpochSteps(len(self.examples), self.batch_size, seed=self.seed))
        return every if most < 0 else min(every, most)

    def train_dataloader(self) -> DataLoader[Step]:
        """One item is one optimizer step of this device."""
        devices = self.trainer.world_size if self.trainer else 1
        sampler = EpochSteps(len(self.examples), self.batch_size, seed=self.seed, devices=devices)
        return DataLoader(self.examples, batch_sampler=sampler, collate_fn=self._collate)

    def val_dataloader(self) -> DataLoader[Step]:
        """Held-out records in file order."""
        sampler = EpochSteps(len(self.held_out), self.batch_size, seed=self.seed, shuffle=False)
        return DataLoader(self.held_out, batch_sampler=sampler, collate_fn=self._collate)

    def _collate(self, rows: Sequence[dict[str, object]]) -> Step:
        rank, devices = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        examples = [Example(**row) for row in rows]  # type: ignore[arg-type]
        return make_step(examples, self.micro_batch_tokens, rank=rank, devices=devices)


def _encoded(
    records: Sequence[Record], template: ChatTemplate, cutoff: int, overlength: Overlength
) -> tuple[Dataset, EncodingReport]:
    examples, report = encode_records(records, template, cutoff=cutoff, overlength=overlength)
    # Arrow holds token lists in a tenth of the memory of Python lists, and processes share it.
    return Dataset.from_list([asdict(example) for example in examples]), report

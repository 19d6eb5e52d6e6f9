"""Out of memory on a device: smaller micro batches, the same optimizer step."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence

import torch

from hackmentor.runtime.errors import UserError
from hackmentor.train.packing import Pack, split_pack

log = logging.getLogger(__name__)


class MicroBatchLimit:
    """The most tokens that go through the model at once: as packed, until the device ran out of memory.

    The records of a step, and the count that its loss is divided by, stay as they are.
    """

    def __init__(self) -> None:
        self.max_tokens: int | None = None

    def split_packs(self, packs: Sequence[Pack]) -> list[Pack]:
        """The packs, split between records where they hold too many tokens."""
        if self.max_tokens is None:
            return list(packs)
        return [part for pack in packs for part in split_pack(pack, self.max_tokens)]

    def halve(self, packs: Sequence[Pack], *, is_only_device: bool) -> None:
        """Halves the limit, from what the largest of these packs holds.

        Raises:
            UserError: if each holds one record, which can't be split, or if other devices take part in the step:
                they wait for gradients that this one would have to compute again.
        """
        largest = max(pack.tokens for pack in packs)
        if not is_only_device:
            raise UserError(
                f"out of memory with {largest} tokens at once; the same command with train.micro_batch_tokens="
                f"{largest // 2} continues (records a step and their loss stay the same)"
            )
        if all(len(pack.bounds) == 2 for pack in packs):
            raise UserError(
                f"out of memory with a single record of {largest} tokens; lower train.cutoff, or use quant=int8 or nf4"
            )
        self.max_tokens = largest // 2
        log.warning(
            "out of memory: from here on at most %d tokens go through the model at once (they were up to %d); "
            "the records of a step stay the same",
            self.max_tokens, largest,
        )  # fmt: skip

    @staticmethod
    def free_memory() -> None:
        """Releases memory that nothing refers to any more."""
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

"""Out of memory on a device: less at once, the same step."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence

import torch

from hackmentor.runtime.errors import UserError
from hackmentor.train.packing import Pack, split

log = logging.getLogger(__name__)


class Room:
    """How many tokens go through the model at once: as packed, until that was too much.

    The records of a step, and the count that its loss is divided by, stay as they are.
    """

    def __init__(self) -> None:
        self.most: int | None = None

    def fitted(self, packs: Sequence[Pack]) -> list[Pack]:
        """The packs, split between records where they hold too many tokens."""
        if self.most is None:
            return list(packs)
        return [part for pack in packs for part in split(pack, self.most)]

    def halve(self, packs: Sequence[Pack], *, alone: bool) -> None:
        """Allows half of what the largest of these packs holds.

        Raises:
            UserError: if each holds one record, which can't be split, or if this device is not `alone` at the step:
                the others wait for gradients that it would have to compute anew.
        """
        largest = max(pack.tokens for pack in packs)
        if not alone:
            raise UserError(
                f"out of memory with {largest} tokens at once; the same command with train.micro_batch_tokens="
                f"{largest // 2} continues (records a step and their loss stay the same)"
            )
        if all(len(pack.bounds) == 2 for pack in packs):
            raise UserError(
                f"out of memory with a single record of {largest} tokens; lower train.cutoff, or use quant=int8 or nf4"
            )
        self.most = largest // 2
        log.warning(
            "out of memory: from here on at most %d tokens go through the model at once (they were up to %d); "
            "the records of a step stay the same",
            self.most, largest,
        )  # fmt: skip

    @staticmethod
    def make() -> None:
        """Gives memory that nothing refers to back to the device."""
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

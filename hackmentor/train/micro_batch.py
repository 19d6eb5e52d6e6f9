"""Out of memory on a device: activations computed again, smaller micro batches, the same optimizer step."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence

import torch

from hackmentor.model.recompute import Recomputation
from hackmentor.runtime.errors import UserError
from hackmentor.train.packing import Pack, split_pack

log = logging.getLogger(__name__)


class MicroBatchLimit:
    """The most tokens that go through the model at once: as packed, until the device ran out of memory.

    The records of a step, and the count that its loss is divided by, stay as they are.
    """

    def __init__(self, recomputation: Recomputation | None = None) -> None:
        self.max_tokens: int | None = None
        self._recomputation = recomputation

    def split_packs(self, packs: Sequence[Pack]) -> list[Pack]:
        """The packs, split between records where they hold too many tokens."""
        if self.max_tokens is None:
            return list(packs)
        return [part for pack in packs for part in split_pack(pack, self.max_tokens)]

    def make_room(self, failed: Pack, *, is_only_device: bool, keeps_activations: bool = True) -> None:
        """Switches recomputation on where that is left, else halves the limit, from what the failed pack holds.

        Args:
            failed: the pack for which memory did not suffice. It is over the limit from now on, or this raises.
            is_only_device: whether no other device waits for gradients that this one would have to compute again.
            keeps_activations: whether a backward pass was to follow.

        Raises:
            UserError: if the pack holds one record, which can't be split, or if other devices wait.
        """
        is_single, left = len(failed.bounds) == 2, self._recomputation if keeps_activations else None
        left = left if left is not None and left.is_left else None
        if not is_only_device:
            raise UserError(_suggest_settings(failed, recompute=left is not None))
        if left is not None:
            log.warning(
                "out of memory with %d tokens at once: from here on each layer's activations are computed again in the "
                "backward pass, which is slower and the same training (train.recompute=layers begins so)",
                failed.tokens,
            )
            left.switch_on()
        elif is_single:
            raise UserError(_suggest_settings(failed, recompute=False))
        else:
            self.max_tokens = failed.tokens // 2
            log.warning(
                "out of memory: from here on at most %d tokens go through the model at once (they were up to %d); "
                "the records of a step stay the same",
                self.max_tokens, failed.tokens,
            )  # fmt: skip

    @staticmethod
    def free_memory() -> None:
        """Releases memory that nothing refers to any more."""
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _suggest_settings(failed: Pack, *, recompute: bool) -> str:
    if recompute:
        return (
            f"out of memory with {failed.tokens} tokens at once; the same command with train.recompute=layers "
            "continues (slower, and the same training)"
        )
    if len(failed.bounds) == 2:
        return (
            f"out of memory with a single record of {failed.tokens} tokens; lower train.cutoff, or use quant=int8 or "
            "nf4, or train.recompute=layers"
        )
    return (
        f"out of memory with {failed.tokens} tokens at once; the same command with train.micro_batch_tokens="
        f"{failed.tokens // 2} continues (records a step and their loss stay the same)"
    )

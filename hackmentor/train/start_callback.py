"""What is decided once before a fit, on the first process for all: whether records are packed and layers recomputed."""

from __future__ import annotations

import logging
from collections.abc import Callable

import lightning as L
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.train.datamodule import RecordsDataModule
from hackmentor.train.module import FineTune
from hackmentor.train.packing_check import is_packing_right

log = logging.getLogger(__name__)


class StartCallback(L.Callback):
    """Tries packing out on the model while it is whole, and asks whether activations fit.

    Only the first process has the weights of a model that is sharded, and all have to do the same.

    Args:
        max_record_tokens: the longest record.
        needs_recomputation: whether the cell does not fit its device with all activations in memory; None where that
            is not to be asked.
    """

    def __init__(self, max_record_tokens: int, needs_recomputation: Callable[[], bool] | None) -> None:
        self._max_record_tokens, self._needs_recomputation = max_record_tokens, needs_recomputation
        self._is_decided = False

    def setup(self, trainer: L.Trainer, module: L.LightningModule, stage: str) -> None:
        """Before the module sets itself up, and before its model goes to the devices."""
        if self._is_decided:
            return
        assert isinstance(module, FineTune)
        data = getattr(trainer, "datamodule", None)
        assert isinstance(data, RecordsDataModule)
        decided = self._decide(module.model) if trainer.is_global_zero else (False, False)
        packed, recomputes = trainer.strategy.broadcast(decided)
        module.packed = data.packed = packed
        if recomputes:
            module.recomputes = True
            log.info(
                "layers are computed again in the backward pass: with all activations in memory the cell would not fit "
                "its device (train.recompute=none tries)"
            )
        self._is_decided = True

    def _decide(self, model: PeftModel | PreTrainedModel) -> tuple[bool, bool]:
        packed = is_packing_right(model, self._max_record_tokens)
        base = model.get_base_model() if isinstance(model, PeftModel) else model
        can_recompute = bool(base.supports_gradient_checkpointing)
        return packed, can_recompute and self._needs_recomputation is not None and self._needs_recomputation()

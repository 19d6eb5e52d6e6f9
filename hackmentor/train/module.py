"""The training step: the mean loss over what the assistant says, however it is packed."""

from __future__ import annotations

import math
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import lightning as L
import torch
from lightning.pytorch.strategies import ParallelStrategy
from peft import PeftModel
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from torchmetrics import MeanMetric
from transformers import PreTrainedModel, get_scheduler

from hackmentor.model.attention import use_packed_attention
from hackmentor.model.cpu.optimise import optimised_for_training
from hackmentor.runtime.errors import StoppedError
from hackmentor.train.fsdp import ShardedStrategy
from hackmentor.train.loss import compute_pack_loss, count_vocabulary
from hackmentor.train.micro_batch import MicroBatchLimit
from hackmentor.train.packing import Pack, Step

# A model that guesses has a loss of ln(vocabulary). Several times that is no fluctuation.
_EXPLODED = 3.0


class DivergedError(StoppedError):
    """The loss or the gradient is no longer a number, or the loss is far above that of a model that guesses."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=1)


@dataclass(frozen=True)
class AdamWSettings:
    """AdamW (Loshchilov & Hutter 2019) with a warm-up and a schedule; `warmup_fraction` of all steps."""

    lr: float
    weight_decay: float
    betas: tuple[float, float]
    eps: float
    warmup_fraction: float
    schedule: Literal["constant", "linear", "cosine"]
    gradient_clip: float | None


class FineTune(L.LightningModule):
    """A tuned model in training. Only trainable weights reach its checkpoints.

    One batch is one optimizer step (see `Step`), so optimization is manual: it runs the step's packs one after the
    other and moves the weights once. `steps` is how many the schedule spans; `packed`, whether a pack may hold more
    than one record (see `packing_check`).
    """

    def __init__(
        self, model: PeftModel | PreTrainedModel, optimizer: AdamWSettings, *, steps: int, packed: bool = True
    ) -> None:
        super().__init__()
        self.model = model
        self.settings, self.steps, self.packed = optimizer, steps, packed
        self.micro_batch_limit = MicroBatchLimit()
        self._records: list[str] = []
        self._highest_loss = _EXPLODED * math.log(count_vocabulary(model))
        self.automatic_optimization = False
        self.strict_loading = False
        self.validation_loss = MeanMetric()
        self._switched = ExitStack()

    def training_step(self, step: Step, index: int) -> None:
        """One optimizer step."""
        started = time.perf_counter()
        self._records = step.record_ids
        # Each device has the losses of its records, divided by the tokens of all: the sum is the mean over the step.
        share = torch.tensor(self._accumulate_gradients(step), dtype=torch.float32, device=self.device)
        loss = float(self.trainer.strategy.reduce(share, reduce_op="sum"))
        if not loss <= self._highest_loss:
            raise self._build_divergence_error("loss", loss)
        self._step_optimizer()
        tokens_per_second = step.tokens * self.trainer.world_size / (time.perf_counter() - started)
        shown = {"loss": loss, "tokens_per_second": tokens_per_second}
        self.log_dict(shown, prog_bar=True, batch_size=len(step.record_ids))
        self.log("lr", self.lr_schedulers().get_last_lr()[0], batch_size=len(step.record_ids))  # type: ignore[union-attr]

    def _accumulate_gradients(self, step: Step) -> float:
        """Adds a step's gradients up, in smaller packs where memory does not suffice; returns its share of the loss."""
        while True:
            packs = self.micro_batch_limit.split_packs(step.packs)
            try:
                return float(sum(self._backward_pack(step, pack, last=pack is packs[-1]) for pack in packs))
            except torch.OutOfMemoryError:
                alone = self.trainer.world_size == 1 and not isinstance(self.model, FSDPModule)
                self.micro_batch_limit.halve(packs, is_only_device=alone)
            # After the handler: until then the error holds on to the activations.
            self.zero_grad()
            self.micro_batch_limit.free_memory()

    def _backward_pack(self, step: Step, pack: Pack, *, last: bool) -> torch.Tensor:
        with nullcontext() if last else self._gradient_sync_blocked():
            loss = compute_pack_loss(self.model, pack) / step.trained_tokens
            # Gradients are averaged over devices, and trained_tokens counts over all of them: undo the average.
            self.manual_backward(loss * self.trainer.world_size)
        return loss.detach()

    def _gradient_sync_blocked(self) -> AbstractContextManager[None]:
        strategy = self.trainer.strategy
        return strategy.block_backward_sync() if isinstance(strategy, ParallelStrategy) else nullcontext()

    def _step_optimizer(self) -> None:
        optimizer = self.optimizers()
        optimizer.step()  # type: ignore[union-attr]
        optimizer.zero_grad()  # type: ignore[union-attr]
        self.lr_schedulers().step()  # type: ignore[union-attr]

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Clips the gradients, here where a loss scaler has taken its factor out of them."""
        weights = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        norm = torch.nn.utils.clip_grad_norm_(weights, self.settings.gradient_clip or math.inf)
        if isinstance(norm, DTensor):
            norm = norm.full_tensor()  # over the shards of all devices
        # With a scaler an infinite gradient is no failure: it leaves the step out and takes a smaller factor.
        if getattr(self.trainer.precision_plugin, "scaler", None) is None and not torch.isfinite(norm):
            raise self._build_divergence_error("norm of the gradient", float(norm))

    def _build_divergence_error(self, what: str, value: float) -> DivergedError:
        return DivergedError(
            f"the {what} is {value:.4g} at step {self.global_step}, records {', '.join(self._records)}"
        )

    def on_validation_epoch_start(self) -> None:
        """The mean is taken in 32 bit: at bf16-true Lightning has turned it into bf16 with the weights."""
        self.validation_loss.set_dtype(torch.float32)

    def validation_step(self, step: Step, index: int) -> None:
        """Adds a batch of held-out records to the held-out loss."""
        for pack in self.micro_batch_limit.split_packs(step.packs):
            tokens = len(pack.labels)
            self.validation_loss.update(compute_pack_loss(self.model, pack) / max(1, tokens), weight=tokens)
        self.log("val_loss", self.validation_loss, prog_bar=True, batch_size=len(step.record_ids))

    def setup(self, stage: str) -> None:
        """Switches the model to attention within packs, on a processor to fast operations, and its dropout on."""
        self.train()
        base = self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model
        if self.packed:
            self._switched.enter_context(use_packed_attention(base))
        strategy = self.trainer.strategy
        if strategy.root_device.type == "cpu":
            sharded = isinstance(strategy, ShardedStrategy)
            self._switched.enter_context(optimised_for_training(base, sharded=sharded))

    def teardown(self, stage: str) -> None:
        """Switches it back."""
        self._switched.close()

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's own type is a union of eight
        """AdamW over what is trainable, and its schedule over all steps of the fit."""
        settings = self.settings
        trainable = [parameter for parameter in self.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(
            trainable, lr=settings.lr, betas=settings.betas, eps=settings.eps, weight_decay=settings.weight_decay
        )
        warmup = round(settings.warmup_fraction * self.steps)
        name = "constant_with_warmup" if settings.schedule == "constant" else settings.schedule
        return [optimizer], [get_scheduler(name, optimizer, num_warmup_steps=warmup, num_training_steps=self.steps)]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Leaves the frozen base out: it is 99 % of the bytes and never changes."""
        trainable = {name for name, parameter in self.named_parameters() if parameter.requires_grad}
        checkpoint["state_dict"] = {k: v for k, v in checkpoint["state_dict"].items() if k in trainable}
        checkpoint["most_tokens"] = self.micro_batch_limit.max_tokens

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """What went through the model at once when the checkpoint was written goes through it now."""
        self.micro_batch_limit.max_tokens = checkpoint["most_tokens"]

"""The training step: the mean loss over what the assistant says, however it is packed."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import lightning as L
import torch
from lightning.pytorch.strategies import ParallelStrategy
from peft import PeftModel
from torch.nn.functional import cross_entropy
from torchmetrics import MeanMetric
from transformers import PreTrainedModel, get_scheduler

from hackmentor.model.attention import packed
from hackmentor.train.packing import Pack, Step


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


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


def token_losses(model: torch.nn.Module, pack: Pack) -> torch.Tensor:
    """The cross-entropy, in nats, of each trained token of a pack (trained tokens,); logits exist for those alone."""
    logits = model(
        input_ids=pack.input_ids,
        position_ids=pack.position_ids,
        logits_to_keep=pack.predict_from,
        record_bounds=pack.bounds,
        use_cache=False,
    ).logits
    return cross_entropy(logits[0].float(), pack.labels, reduction="none")


def pack_loss(model: torch.nn.Module, pack: Pack) -> torch.Tensor:
    """The sum of the losses of a pack's trained tokens."""
    return token_losses(model, pack).sum()


class FineTune(L.LightningModule):
    """A tuned model in training. Only trainable weights reach its checkpoints.

    One batch is one optimizer step (see `Step`), so optimization is manual: it runs the step's packs one after the
    other and moves the weights once.
    """

    def __init__(self, model: PeftModel | PreTrainedModel, optimizer: AdamWSettings) -> None:
        super().__init__()
        self.model = model
        self.settings = optimizer
        self.automatic_optimization = False
        self.strict_loading = False
        self.validation_loss = MeanMetric()
        self._attention: AbstractContextManager[None] = nullcontext()

    def training_step(self, step: Step, index: int) -> None:
        """One optimizer step."""
        started = time.perf_counter()
        loss = sum(self._backward(step, pack, last=pack is step.packs[-1]) for pack in step.packs)
        if not torch.isfinite(torch.as_tensor(loss)):
            raise DivergedError(f"the loss is {loss} at step {self.global_step}, records {', '.join(step.record_ids)}")
        self._move_weights()
        tokens_per_second = step.tokens * self.trainer.world_size / (time.perf_counter() - started)
        shown = {"loss": float(loss), "tokens_per_second": tokens_per_second}
        self.log_dict(shown, prog_bar=True, batch_size=len(step.record_ids))
        self.log("lr", self.lr_schedulers().get_last_lr()[0], batch_size=len(step.record_ids))  # type: ignore[union-attr]

    def _backward(self, step: Step, pack: Pack, *, last: bool) -> torch.Tensor:
        with nullcontext() if last else self._without_sync():
            loss = pack_loss(self.model, pack) / step.trained_tokens
            # DDP averages gradients over devices, and trained_tokens counts over all of them: undo the average.
            self.manual_backward(loss * self.trainer.world_size)
        return loss.detach()

    def _without_sync(self) -> AbstractContextManager[None]:
        strategy = self.trainer.strategy
        return strategy.block_backward_sync() if isinstance(strategy, ParallelStrategy) else nullcontext()

    def _move_weights(self) -> None:
        optimizer = self.optimizers()
        if self.settings.gradient_clip is not None:
            self.clip_gradients(optimizer, self.settings.gradient_clip, "norm")  # type: ignore[arg-type]
        optimizer.step()  # type: ignore[union-attr]
        optimizer.zero_grad()  # type: ignore[union-attr]
        self.lr_schedulers().step()  # type: ignore[union-attr]

    def validation_step(self, step: Step, index: int) -> None:
        """Adds a batch of held-out records to the held-out loss."""
        for pack in step.packs:
            self.validation_loss.update(pack_loss(self.model, pack) / len(pack.labels), weight=len(pack.labels))
        self.log("val_loss", self.validation_loss, prog_bar=True, batch_size=len(step.record_ids))

    def setup(self, stage: str) -> None:
        """Switches the model to attention within packs, and its dropout on."""
        self.train()
        base = self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model
        self._attention = packed(base)
        self._attention.__enter__()

    def teardown(self, stage: str) -> None:
        """Switches attention back."""
        self._attention.__exit__(None, None, None)

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's own type is a union of eight
        """AdamW over what is trainable, and its schedule over all steps of the fit."""
        settings = self.settings
        trainable = [parameter for parameter in self.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(
            trainable, lr=settings.lr, betas=settings.betas, eps=settings.eps, weight_decay=settings.weight_decay
        )
        steps = int(self.trainer.estimated_stepping_batches)
        warmup = round(settings.warmup_fraction * steps)
        name = "constant_with_warmup" if settings.schedule == "constant" else settings.schedule
        return [optimizer], [get_scheduler(name, optimizer, num_warmup_steps=warmup, num_training_steps=steps)]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Leaves the frozen base out: it is 99 % of the bytes and never changes."""
        trainable = {name for name, parameter in self.named_parameters() if parameter.requires_grad}
        checkpoint["state_dict"] = {k: v for k, v in checkpoint["state_dict"].items() if k in trainable}

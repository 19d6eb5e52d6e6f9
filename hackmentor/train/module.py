"""The training step: the mean loss over what the assistant says, however it is packed."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import lightning as L
import torch
from lightning.pytorch.strategies import ParallelStrategy
from peft import PeftModel
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from torchmetrics import MeanMetric
from transformers import PreTrainedModel

from hackmentor.model.attention import use_packed_attention
from hackmentor.model.optimise import optimised_for_training
from hackmentor.model.recompute import Recomputation
from hackmentor.runtime.errors import StoppedError, UserError, is_memory_shortage
from hackmentor.train.fsdp import ShardedStrategy
from hackmentor.train.loss import compute_pack_loss, count_vocabulary
from hackmentor.train.micro_batch import MicroBatchLimit
from hackmentor.train.optimizer import AdamWSettings, build_optimizer, build_schedule
from hackmentor.train.packing import Pack, Step

# A model that guesses has a loss of ln(vocabulary). Several times that is no fluctuation.
_EXPLODED = 3.0


class DivergedError(StoppedError):
    """The loss or the gradient is no longer a number, or the loss is far above that of a model that guesses."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=1)


class FineTune(L.LightningModule):
    """A tuned model in training. Only trainable weights reach its checkpoints.

    One batch is one optimizer step (see `Step`), so optimization is manual: it runs the step's packs one after the
    other and moves the weights once. `steps` is how many the schedule spans; `packed`, whether a pack may hold more
    than one record (see `packing_check`); `recomputes`, whether layers are computed again in the backward pass, and
    `may_recompute`, whether they are from the moment on at which memory does not suffice.
    """

    def __init__(
        self,
        model: PeftModel | PreTrainedModel,
        optimizer: AdamWSettings,
        *,
        steps: int,
        packed: bool = True,
        recomputes: bool = False,
        may_recompute: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.settings, self.steps, self.packed, self.recomputes = optimizer, steps, packed, recomputes
        base = model.get_base_model() if isinstance(model, PeftModel) else model
        self._recomputation = Recomputation(base, is_allowed=may_recompute)
        self.micro_batch_limit = MicroBatchLimit(self._recomputation)
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
        # The rate of this step: the schedule moves on to the next one's.
        rate = self.optimizers().param_groups[0]["lr"]  # type: ignore[union-attr]
        self._step_optimizer()
        speed = step.tokens / (time.perf_counter() - started)
        self.log_dict({"loss": loss, "tokens_per_second": speed}, prog_bar=True, batch_size=len(step.record_ids))
        self.log("lr", rate, batch_size=len(step.record_ids))

    def _accumulate_gradients(self, step: Step) -> float:
        """Adds a step's gradients up, in smaller packs where memory does not suffice; returns its share of the loss."""
        while True:
            packs = self.micro_batch_limit.split_packs(step.packs)
            losses: list[torch.Tensor] = []
            for pack in packs:
                try:
                    losses.append(self._backward_pack(step, pack, last=pack is packs[-1]))
                except (RuntimeError, MemoryError) as error:
                    if not is_memory_shortage(error):
                        raise
                    break
            else:
                return float(sum(losses))
            # After the handler: until then the error holds on to the activations.
            self._make_room(packs[len(losses)])
            self.zero_grad()
            self.micro_batch_limit.free_memory()

    def _make_room(self, failed: Pack, *, keeps_activations: bool = True) -> None:
        is_only_device = self.trainer.world_size == 1 and not isinstance(self.model, FSDPModule)
        self.micro_batch_limit.make_room(failed, is_only_device=is_only_device, keeps_activations=keeps_activations)

    def _backward_pack(self, step: Step, pack: Pack, *, last: bool) -> torch.Tensor:
        with nullcontext() if last else self._gradient_sync_blocked():
            loss = compute_pack_loss(self.model, pack) / step.trained_tokens
            # Gradients are averaged over devices, and trained_tokens counts over all of them: undo the average.
            self.manual_backward(loss * self.trainer.world_size)
        return loss.detach()

    @contextmanager
    def _gradient_sync_blocked(self) -> Iterator[None]:
        strategy = self.trainer.strategy
        if isinstance(self.model, FSDPModule):
            # Whole gradients wait on each device meanwhile: those of adapters are small, those of a model are not.
            syncs = not isinstance(self.model, PeftModel)
            self.model.set_requires_gradient_sync(syncs)
            yield
            self.model.set_requires_gradient_sync(True)
        elif isinstance(strategy, ParallelStrategy):
            with strategy.block_backward_sync():
                yield
        else:
            yield

    def _step_optimizer(self) -> None:
        optimizer = self.optimizers()
        try:
            optimizer.step()  # type: ignore[union-attr]
        except (RuntimeError, MemoryError) as error:
            if not is_memory_shortage(error):
                raise
            raise UserError(
                f"out of memory in the optimizer's step {self.global_step}: its moments take two numbers for each "
                "trained weight; use optimizer.name=adamw_8bit or paged_adamw_8bit, method=lora, or trainer=fsdp"
            ) from error
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

    def validation_step(self, step: Step, index: int) -> None:
        """Adds a batch of held-out records to the held-out loss."""
        packs = self.micro_batch_limit.split_packs(step.packs)
        while packs:
            pack, tokens = packs[0], len(packs[0].labels)
            try:
                loss = compute_pack_loss(self.model, pack)
            except (RuntimeError, MemoryError) as error:
                if not is_memory_shortage(error):
                    raise
            else:
                self.validation_loss.update(loss / max(1, tokens), weight=tokens)
                packs.pop(0)
                continue
            self._make_room(pack, keeps_activations=False)
            self.micro_batch_limit.free_memory()
            packs = self.micro_batch_limit.split_packs(packs)
        self.log("val_loss", self.validation_loss, prog_bar=True, batch_size=len(step.record_ids))

    def setup(self, stage: str) -> None:
        """Switches the model to attention within packs, on a processor to fast operations, and its dropout on."""
        self.train()
        base, strategy = self._recomputation.model, self.trainer.strategy
        if self.packed:
            self._switched.enter_context(use_packed_attention(base))
        device, sharded = strategy.root_device.type, isinstance(strategy, ShardedStrategy)
        self._switched.enter_context(optimised_for_training(base, device_type=device, sharded=sharded))
        self._switched.callback(self._recomputation.switch_off)
        if self.recomputes:
            self._recomputation.switch_on()

    def teardown(self, stage: str) -> None:
        """Switches it back."""
        self._switched.close()

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's own type is a union of eight
        """AdamW over what is trainable, and its schedule over all steps of the fit."""
        # With a loss scaler, a fused optimizer is given scaled gradients, which could not be clipped.
        has_scaler = getattr(self.trainer.precision_plugin, "scaler", None) is not None
        fused = self.trainer.strategy.root_device.type == "cuda" and not has_scaler
        optimizer = build_optimizer(self.named_parameters(), self.settings, fused=fused)
        return [optimizer], [build_schedule(optimizer, self.settings, self.steps)]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Leaves the frozen base out: it is 99 % of the bytes and never changes."""
        trainable = {name for name, parameter in self.named_parameters() if parameter.requires_grad}
        checkpoint["state_dict"] = {k: v for k, v in checkpoint["state_dict"].items() if k in trainable}
        checkpoint["most_tokens"] = self.micro_batch_limit.max_tokens
        checkpoint["recomputes"] = self._recomputation.is_on

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """What went through the model at once when the checkpoint was written goes through it now, as it did then."""
        self.micro_batch_limit.max_tokens = checkpoint["most_tokens"]
        if checkpoint.get("recomputes") and self._recomputation.is_left:
            self._recomputation.switch_on()

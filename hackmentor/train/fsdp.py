"""One model over several devices: each holds a part of every weight, of its gradient and of its optimizer state.

FSDP2 (`torch.distributed.fsdp.fully_shard`; Zhao et al. 2023, and ZeRO stage 3 of Rajbhandari et al. 2020): a layer is
whole on a device only while it computes. Lightning's own strategies for it need a GPU and write checkpoints in a format
of their own; this one is DDP's processes and groups around a sharded model, and its checkpoints are like all others:
one file of whole tensors, of what is trained alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.strategies import DDPStrategy
from lightning.pytorch.trainer.states import TrainerFn
from peft import PeftModel
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer
from transformers import PreTrainedModel

from hackmentor.runtime.errors import UserError

# Whole tensors, on the processor of the first process alone; the frozen base is never gathered.
_GATHERED = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
# Every process has the whole tensors, and takes its own part of them.
_SCATTERED = StateDictOptions(full_state_dict=True, strict=False)

_HALF = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


class ShardedStrategy(DDPStrategy):
    """Shards `FineTune.model` where DDP would copy it to each device and wrap it.

    The first process has read the base; the others have it without its weights (`hackmentor.model.load_empty`).
    """

    def setup(self, trainer: L.Trainer) -> None:
        """As DDP's, without its wrapper, and without its broadcast, which would give all processes one shard."""
        assert self.accelerator is not None
        assert self.model is not None
        self.accelerator.setup(trainer)
        self.precision_plugin.convert_module(self.model)
        self.model_to_device()
        if trainer.state.fn == TrainerFn.FITTING:
            self.setup_optimizers(trainer)
        self.setup_precision_plugin()

    def model_to_device(self) -> None:
        """Shards the model, unless an earlier fit has; what is no part of it (the metric) moves as it is."""
        assert self.lightning_module is not None
        model = self.lightning_module.model
        assert isinstance(model, PeftModel | PreTrainedModel)
        if not isinstance(model, FSDPModule):
            whole = dict(model.named_parameters()) if self.is_global_zero else {}
            shard_model(model, self.root_device.type, self.world_size, str(self.precision_plugin.precision))
            distribute_weights(model, whole, self.root_device)
        self.lightning_module.to(self.root_device)

    def lightning_module_state_dict(self) -> dict[str, Any]:
        """What is trained, whole, on the first process; nothing on the others."""
        assert self.lightning_module is not None
        return get_model_state_dict(self.lightning_module, options=_GATHERED)

    def optimizer_state(self, optimizer: Optimizer) -> dict[str, Any]:
        """Likewise, by the names of the weights."""
        assert self.lightning_module is not None
        return get_optimizer_state_dict(self.lightning_module, optimizer, options=_GATHERED)

    def load_checkpoint(self, checkpoint_path: str | Path, weights_only: bool | None = None) -> dict[str, Any]:
        """The file, mapped: each process reads of it what it keeps, and the machine holds it once."""
        return dict(torch.load(checkpoint_path, map_location="cpu", weights_only=True, mmap=True))

    def load_model_state_dict(self, checkpoint: Mapping[str, Any], strict: bool = True) -> None:
        """Takes this device's part of each weight."""
        assert self.lightning_module is not None
        set_model_state_dict(self.lightning_module, dict(checkpoint["state_dict"]), options=_SCATTERED)

    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        """Takes this device's part of each moment."""
        assert self.lightning_module is not None
        for optimizer, state in zip(self.optimizers, checkpoint["optimizer_states"], strict=True):
            set_optimizer_state_dict(self.lightning_module, optimizer, state, options=_SCATTERED)

    def on_validation_end(self) -> None:
        """Shards what no backward pass has sharded again: else it stayed as it is when other weights are loaded."""
        assert self.lightning_module is not None
        self.lightning_module.model.reshard()  # type: ignore[operator, union-attr]

    def teardown(self) -> None:
        """As Lightning's, but the shards stay on their devices, where `gather_trained_weights` needs them."""
        assert self.cluster_environment is not None
        assert self.accelerator is not None
        self.cluster_environment.teardown()
        self.precision_plugin.teardown()
        self.accelerator.teardown()
        self.checkpoint_io.teardown()


def shard_model(model: PeftModel | PreTrainedModel, device_type: str, processes: int, precision: str) -> None:
    """Shards a model that is on the processor, layer by layer, onto the devices: none of them ever holds it whole.

    What is in no layer (embeddings, last norm, head) stays whole from the forward to the end of the backward pass, so
    that the loss can use the head outside the model's forward (`hackmentor.train.loss`).

    Raises:
        UserError: if the model does not say what its layers are.
    """
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    kinds = set(base._no_split_modules or ())
    layers = [module for module in model.modules() if type(module).__name__ in kinds]
    if not layers:
        raise UserError(f"trainer.strategy=fsdp: {type(base).__name__} does not say what its layers are; use ddp")
    mesh = init_device_mesh(device_type, (processes,))
    for layer in layers:
        fully_shard(layer, mesh=mesh, mp_policy=_build_precision_policy(precision, frozen=model is not base))
    fully_shard(model, mesh=mesh)


@torch.no_grad()
def distribute_weights(model: torch.nn.Module, whole: Mapping[str, torch.Tensor], device: torch.device) -> None:
    """Gives each process its shard of the first one's weights, one weight at a time; buffers as they are there.

    Args:
        model: sharded, on every process.
        whole: the weights before they were sharded, by name; of the first process alone.
        device: of this process.

    Raises:
        UserError: if another process has made another model of the base's configuration.
    """
    described = [str((name, shard.shape, shard.dtype)) for name, shard in model.named_parameters()]
    first = [described]
    torch.distributed.broadcast_object_list(first, src=0)
    if described != first[0]:
        raise UserError("trainer.strategy=fsdp: the processes made other models of the base; use trainer=ddp")
    for name, shard in model.named_parameters():
        tensor = whole[name].to(device) if whole else torch.empty(shard.shape, dtype=shard.dtype, device=device)
        _broadcast_bytes(tensor)
        assert isinstance(shard, DTensor)
        part = distribute_tensor(tensor, shard.device_mesh, shard.placements, src_data_rank=None)
        shard.to_local().copy_(part.to_local())
    for buffer in model.buffers():
        tensor = buffer.to(device)
        _broadcast_bytes(tensor)
        buffer.copy_(tensor)


def _broadcast_bytes(tensor: torch.Tensor) -> None:
    """From the first process to all, whatever its type: gloo does not know bf16."""
    if tensor.numel():
        torch.distributed.broadcast(tensor.contiguous().view(-1).view(torch.uint8), src=0)


def _build_precision_policy(precision: str, *, frozen: bool) -> MixedPrecisionPolicy:
    """Where all weights are trained in 32 bit, layers are gathered in the half precision that they compute in.

    autocast's own copies would be kept for the backward pass, those of all layers, on every device.
    """
    half = None if frozen else _HALF.get(precision)
    return MixedPrecisionPolicy(half, reduce_dtype=torch.float32 if half else None, cast_forward_inputs=False)


def gather_trained_weights(model: torch.nn.Module) -> dict[str, torch.Tensor] | None:
    """The trained weights of a sharded model, whole, on the processor of the first process; none on the others.

    Every process has to call it. None where the model is not sharded: it has them itself.
    """
    if not isinstance(model, FSDPModule):
        return None
    whole = get_model_state_dict(model, options=_GATHERED)
    # A tied weight comes under each of its names, as copies that a file would hold twice.
    tied = dict(model.named_parameters(remove_duplicate=False)).keys() - dict(model.named_parameters()).keys()
    return {name: tensor for name, tensor in whole.items() if name not in tied and isinstance(tensor, torch.Tensor)}

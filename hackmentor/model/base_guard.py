"""That a base is after loading an adapter what it was before: cells are compared with it, and others share it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers import PreTrainedModel

from hackmentor.runtime.errors import UserError

_SAMPLES = 64


@contextmanager
def base_kept(base: PreTrainedModel, adapter: Path) -> Iterator[None]:
    """Compares samples of each of the base's weights before and after the block.

    Raises:
        UserError: naming the first that differs. The base can't be used any more then.
    """
    weights = dict(base.named_parameters())
    before = {name: _sample(weight) for name, weight in weights.items()}
    yield
    for name, weight in weights.items():
        if not torch.equal(before[name], _sample(weight)):
            raise UserError(
                f"{adapter}: loading it changed {name} of the base, for every model on that base; it is not used. Ask "
                "its author for plain LoRA, or for the merged model"
            )


def _sample(weight: torch.Tensor) -> torch.Tensor:
    flat = weight.detach().reshape(-1)
    return flat[:: max(1, flat.numel() // _SAMPLES)].clone()

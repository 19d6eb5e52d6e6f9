"""Liger's Triton kernels for norms, rotary embeddings and gated MLPs (Hsu et al. 2024), where they are installed."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from transformers import PreTrainedModel

log = logging.getLogger(__name__)

# Our loss is its own: it keeps digits of likely labels that Liger's rounds away, in as little memory.
_KERNELS = {"rope": True, "rms_norm": True, "swiglu": True, "cross_entropy": False, "fused_linear_cross_entropy": False}


def find_liger_obstacle() -> str | None:
    """Why Liger's kernels are not used; None if they are there."""
    missing = [name for name in ("liger_kernel", "triton") if importlib.util.find_spec(name) is None]
    return f"{' and '.join(missing)} not installed; pip install 'hackmentor[gpu]'" if missing else None


@contextmanager
def use_liger_kernels(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block a model computes with Liger's kernels, if they are there and know its family."""
    if (obstacle := find_liger_obstacle()) is not None:
        log.info("norms, rotary embeddings and MLPs by PyTorch: %s", obstacle)
        yield
        return
    from liger_kernel.transformers import monkey_patch

    known = getattr(monkey_patch, "MODEL_TYPE_TO_APPLY_LIGER_FN", {})
    if model.config.model_type not in known:
        log.info("norms, rotary embeddings and MLPs by PyTorch: Liger has none for %s", model.config.model_type)
        yield
        return
    with patched(model, lambda: monkey_patch._apply_liger_kernel_to_instance(model, **_KERNELS)):
        log.info("norms, rotary embeddings and MLPs by Liger's kernels")
        yield


@contextmanager
def patched(model: PreTrainedModel, patch: Callable[[], None]) -> Iterator[None]:
    """Inside the block a model is as `patch` leaves it, its modules and the code of its family too.

    Undone is what the call has set, and not what else is set meanwhile.
    """
    owners = [sys.modules[type(model).__module__], *model.modules()]
    places: list[dict[str, Any]] = [owner.__dict__ for owner in owners]
    before = [dict(place) for place in places]
    patch()
    changed = [_find_changes(old, now) for old, now in zip(before, places, strict=True)]
    try:
        yield
    finally:
        for place, names, old in zip(places, changed, before, strict=True):
            for name in names:
                if name in old:
                    place[name] = old[name]
                else:
                    place.pop(name, None)


def _find_changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [name for name, value in now.items() if name not in before or before[name] is not value]

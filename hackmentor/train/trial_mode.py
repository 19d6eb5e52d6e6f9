"""A model as it is tried out: without dropout, with short windows, and afterwards exactly as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from bitsandbytes.nn import Linear8bitLt
from transformers import PreTrainedConfig, PreTrainedModel

# Tokens: what windows and chunks are cut to in a trial, so that short records are longer. Real ones are as long as
# real records.
CHECKED_WINDOW = 3

# What limits how far a token sees, in the words of transformers' configurations and layers.
_WINDOWS = ("sliding_window", "attention_chunk_size")


@contextmanager
def trial_mode(model: torch.nn.Module, base: PreTrainedModel) -> Iterator[None]:
    """Inside the block there is no dropout, windows are short and 8-bit layers treat each token by itself.

    Afterwards the modules, their settings and the random generators are as before.
    """
    training = [module for module in model.modules() if module.training]
    devices = {parameter.device for parameter in model.parameters() if parameter.device.type == "cuda"}
    with torch.random.fork_rng(devices), ExitStack() as before:
        _shorten_windows(base, before)
        _ignore_outliers(base, before)
        model.eval()
        try:
            yield
        finally:
            for module in training:
                module.training = True


def list_configs(base: PreTrainedModel) -> list[PreTrainedConfig]:
    """The configurations of a model and of the models in it, each once."""
    configs = [module.config for module in base.modules() if isinstance(module, PreTrainedModel)]
    return list({id(config): config for config in [*configs, base.config.get_text_config()]}.values())


def _shorten_windows(base: PreTrainedModel, before: ExitStack) -> None:
    """Layers and masks read windows when they compute. Where one did not, a trial would find other losses."""
    for holder in [*base.modules(), *list_configs(base)]:
        for name in _WINDOWS:
            found = getattr(holder, name, None)
            if type(found) is int and found > CHECKED_WINDOW:
                before.callback(setattr, holder, name, found)
                setattr(holder, name, CHECKED_WINDOW)


def _ignore_outliers(base: PreTrainedModel, before: ExitStack) -> None:
    """LLM.int8 takes the columns with outliers of a whole batch apart, so that a token depends on all others in it."""
    for module in base.modules():
        if isinstance(module, Linear8bitLt):
            before.callback(setattr, module.state, "threshold", module.state.threshold)
            module.state.threshold = 0.0

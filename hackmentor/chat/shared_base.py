"""A base model in memory with several adapters, used by one chat model at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.model.adapter import load_adapter
from hackmentor.model.cpu.optimise import optimised_for_inference
from hackmentor.model.identity import BaseIdentity
from hackmentor.runtime.errors import UserError


class SharedBase:
    """A base model that several chat models share."""

    def __init__(self, base: PreTrainedModel) -> None:
        self._model: PreTrainedModel | PeftModel = base
        self._adapter_names: dict[Path, str] = {}
        self._lock = threading.Lock()
        # For as long as the base is in memory: on a CPU 8-bit weights would be dequantised for each token otherwise.
        self._exit_stack = ExitStack()
        self._exit_stack.enter_context(optimised_for_inference(base))

    @property
    def context_window(self) -> int | None:
        """The context window in tokens; None if the model's configuration does not say."""
        return getattr(self._model.config, "max_position_embeddings", None)

    @property
    def vocab_size(self) -> int:
        """Number of tokens that have an embedding."""
        return int(self._model.get_input_embeddings().weight.shape[0])

    def add_adapter(self, folder: Path, identity: BaseIdentity) -> str:
        """Adds an adapter to the model and returns its name.

        Raises:
            UserError: as `load_adapter`; or if PEFT can't load the adapter.
        """
        if folder not in self._adapter_names:
            name = f"adapter{len(self._adapter_names)}"
            try:
                self._model = load_adapter(self._model, folder, identity, name)
            except (ValueError, TypeError, KeyError, RuntimeError, AttributeError) as error:
                raise UserError(f"{folder}: can't be put on {identity.name}: {str(error).splitlines()[0]}") from error
            self._adapter_names[folder] = name
        return self._adapter_names[folder]

    @contextmanager
    def adapter_active(self, adapter: str | None) -> Iterator[PreTrainedModel | PeftModel]:
        """A context manager that gives the model with this adapter, or none, active; exclusive across threads."""
        with self._lock, ExitStack() as exit_stack:
            if isinstance(self._model, PeftModel):
                if adapter is None:
                    exit_stack.enter_context(self._model.disable_adapter())
                else:
                    self._model.set_adapter(adapter)
            yield self._model

"""A base in memory, once, and the adapters on it: whoever speaks has it to himself meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.model.adapter import load_adapter
from hackmentor.model.cpu.dequantise import dequantised_once
from hackmentor.model.identity import BaseIdentity
from hackmentor.runtime.errors import UserError


class SharedBase:
    """A base that several speakers share."""

    def __init__(self, base: PreTrainedModel) -> None:
        self._model: PreTrainedModel | PeftModel = base
        self._names: dict[Path, str] = {}
        self._turn = threading.Lock()
        # For as long as the base is in memory: 8-bit weights on a processor would be dequantised for each token.
        self._held = ExitStack()
        self._held.enter_context(dequantised_once(base, evaluating=True))

    @property
    def window(self) -> int | None:
        """The context window in tokens; None where the model's configuration does not say."""
        return getattr(self._model.config, "max_position_embeddings", None)

    @property
    def vocabulary(self) -> int:
        """How many tokens it has embeddings for."""
        return int(self._model.get_input_embeddings().weight.shape[0])

    def put_on(self, folder: Path, identity: BaseIdentity) -> str:
        """Puts an adapter on, beside those that are, and returns its name.

        Raises:
            UserError: as `load_adapter`; or if PEFT can't make an adapter of it.
        """
        if folder not in self._names:
            name = f"adapter{len(self._names)}"
            try:
                self._model = load_adapter(self._model, folder, identity, name)
            except (ValueError, TypeError, KeyError, RuntimeError, AttributeError) as error:
                raise UserError(f"{folder}: can't be put on {identity.name}: {str(error).splitlines()[0]}") from error
            self._names[folder] = name
        return self._names[folder]

    @contextmanager
    def speaking(self, adapter: str | None) -> Iterator[PreTrainedModel | PeftModel]:
        """The model with this adapter, or with none, to one speaker at a time."""
        with self._turn, ExitStack() as undone:
            if isinstance(self._model, PeftModel):
                if adapter is None:
                    undone.enter_context(self._model.disable_adapter())
                else:
                    self._model.set_adapter(adapter)
            yield self._model

"""A base model in memory with several adapters, used by its chat models in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from peft import PeftModel
from peft.tuners.tuners_utils import BaseTuner
from transformers import PreTrainedModel

from hackmentor.chat.turn_queue import TurnQueue
from hackmentor.model.adapter import load_adapter
from hackmentor.model.identity import BaseIdentity
from hackmentor.model.optimise import optimised_for_inference
from hackmentor.runtime.errors import UserError


class SharedBase:
    """A base model that several chat models share.

    Args:
        base: the model.
        queue: the turns of all models on its device.
    """

    def __init__(self, base: PreTrainedModel, queue: TurnQueue) -> None:
        self._model: PreTrainedModel | PeftModel = base
        self._adapter_names: dict[Path, str] = {}
        self._queue = queue
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
    def adapter_active(self, adapter: str | None) -> Iterator[tuple[PreTrainedModel | PeftModel, Callable[[], None]]]:
        """A context manager that gives the model with this adapter, or none, active.

        It also gives a function to call after each token, inside of which other threads may use the model with theirs.
        """
        with self._queue.turns() as turns, ExitStack() as exit_stack:

            def hand_over() -> None:
                if turns.is_over:
                    exit_stack.close()
                    turns.end()
                    turns.wait()
                    exit_stack.enter_context(self._switched_to(adapter))

            exit_stack.enter_context(self._switched_to(adapter))
            yield self._model, hand_over

    @contextmanager
    def _switched_to(self, adapter: str | None) -> Iterator[None]:
        model = self._model
        if not isinstance(model, PeftModel):
            yield
        elif adapter is not None:
            if model.active_adapter != adapter:
                model.set_adapter(adapter)
            yield
        elif not isinstance(model.base_model, BaseTuner):  # prompt tuning and its kin
            with model.disable_adapter():
                yield
        else:
            # As `disable_adapter` does, without its inspection of all layers, which takes half as long as a token.
            model.base_model.disable_adapter_layers()
            try:
                yield
            finally:
                model.base_model.enable_adapter_layers()

"""Recomputation: a layer keeps its input alone, and computes the rest again in the backward pass (Chen et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable

from transformers import PreTrainedModel

from hackmentor.runtime.errors import UserError


class Recomputation:
    """The activation checkpointing of a model's own layers, which changes no result.

    Args:
        model: the base, without its PEFT wrapper.
        is_allowed: whether it may be switched on later, where memory does not suffice.
    """

    def __init__(self, model: PreTrainedModel, *, is_allowed: bool) -> None:
        self.model, self.is_on = model, False
        self._is_allowed = is_allowed

    @property
    def is_left(self) -> bool:
        """Whether it is off, and may and can be switched on."""
        return self._is_allowed and not self.is_on and bool(self.model.supports_gradient_checkpointing)

    def switch_on(self) -> None:
        """From here on.

        Raises:
            UserError: if the model has no layers that know it.
        """
        if not self.model.supports_gradient_checkpointing:
            raise UserError(
                f"train.recompute=layers: {type(self.model).__name__} can't compute its layers again; use none, and a "
                "smaller train.micro_batch_tokens or train.cutoff"
            )
        _get_method(self.model, "enable")({"use_reentrant": False})
        # The other form needs a gradient of the embedding, which transformers asks for with either.
        self.model.disable_input_require_grads()
        self.is_on = True

    def switch_off(self) -> None:
        """As the model came."""
        if self.is_on:
            _get_method(self.model, "disable")()
        self.is_on = False


def _get_method(model: PreTrainedModel, what: str) -> Callable[..., None]:
    """By its name since transformers 5.23, or by the older one, which warns since then."""
    method: Callable[..., None] | None = getattr(model, f"activation_checkpointing_{what}", None)
    return method or getattr(model, f"gradient_checkpointing_{what}")

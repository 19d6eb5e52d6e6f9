"""The space that tokenizers of the SentencePiece kind put before a text, so that its first word is like any other.

The old Llama tokenizer puts one before each stretch of text between two control tokens ("always"), the newer one
before the whole text only ("first"), most others none ("never").
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PrefixSpace = Literal["always", "first", "never"]


def get_prefix_space(tokenizer: Tokenizer) -> PrefixSpace:
    """Where a tokenizer puts a space that is not in the text, from what it does and not from its class."""
    if any(step["type"] == "Prepend" for step in _list_steps(tokenizer.normalizer, "normalizers")):
        return "always"
    for step in _list_steps(tokenizer.pre_tokenizer, "pretokenizers"):
        if step["type"] == "Metaspace":
            scheme = step.get("prepend_scheme", "always")
            return "first" if scheme == "first" else "never" if scheme == "never" else "always"
    return "never"


def set_prefix_space(tokenizer: Tokenizer, where: PrefixSpace) -> None:
    """Makes a tokenizer of Llama's kind put its space there, and nowhere else."""
    from tokenizers import normalizers, pre_tokenizers

    if where == "first":
        # Only this step knows whether a stretch is the beginning of the text.
        tokenizer.normalizer = None
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
        return
    replace = normalizers.Replace(" ", "▁")
    steps = [normalizers.Prepend("▁"), replace] if where == "always" else [replace]
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.Sequence(steps), None


def is_llama_like(tokenizer: Tokenizer) -> bool:
    """Whether nothing but the replacement of spaces, and a space before, happens to a text before it is tokenised."""
    steps = [*_list_steps(tokenizer.normalizer, "normalizers"), *_list_steps(tokenizer.pre_tokenizer, "pretokenizers")]
    return bool(steps) and all(step["type"] in ("Prepend", "Replace", "Metaspace") for step in steps)


def copy_without_prefix_space(tokenizer: Tokenizer) -> Tokenizer | None:
    """A copy for text that continues another; None where none is needed or the tokenizer is of another kind."""
    if get_prefix_space(tokenizer) == "never" or not is_llama_like(tokenizer):
        return None
    copied = copy.deepcopy(tokenizer)
    set_prefix_space(copied, "never")
    copied.encode_special_tokens = True
    return copied


def _list_steps(component: Any, key: str) -> list[dict[str, Any]]:  # noqa: ANN401 - a normalizer or pre-tokenizer
    """The steps of a normalizer or pre-tokenizer, in order."""
    if component is None:
        return []
    state = json.loads(component.__getstate__())
    return list(state[key]) if state["type"] == "Sequence" else [state]

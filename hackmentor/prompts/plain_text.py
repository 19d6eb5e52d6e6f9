"""Tokenises text in which nothing is a control token, alone or in the middle of a conversation."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import TYPE_CHECKING

from hackmentor.prompts.control_tokens import ControlTokens
from hackmentor.prompts.prefix_space import copy_without_prefix_space, get_prefix_space

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Tokens = tuple[tuple[int, ...], tuple[tuple[int, int], ...]]
"""Token ids of a text, and where each token begins and ends in it, in characters."""

# The texts between messages recur in every conversation: the tokens of so many are cached.
_MAX_CACHED_TEXTS = 64


class PlainTextTokenizer:
    """A tokenizer whose control tokens can't come out of a text."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, control: ControlTokens) -> None:
        self._tokenizer, self._control = tokenizer, control
        self._control_ids = frozenset(control.ids_by_content.values())
        self._prefix_space = get_prefix_space(tokenizer.backend_tokenizer)
        # For text that continues another; None where the tokenizer adds no space anyway.
        self._continuing = copy_without_prefix_space(tokenizer.backend_tokenizer)
        self._cached = lru_cache(_MAX_CACHED_TEXTS)(self._tokenize_guarded)

    def tokenize(self, text: str, *, is_start: bool) -> Tokens:
        """The tokens of a stretch between two control tokens; `is_start`: at the very beginning of the conversation."""
        return self._cached(text, not is_start and self._prefix_space == "first")

    def tokenize_continued(self, text: str) -> Tokens:
        """The tokens of a text right behind other text, which never gets a space of the tokenizer's own."""
        return self._cached(text, True)

    def _tokenize_guarded(self, text: str, continues: bool) -> Tokens:
        ids, offsets = self._tokenize(text, continues)
        if not self._control_ids.isdisjoint(ids):
            # split_special_tokens leaves added tokens that are not marked special (Qwen's <think>): cut each in two.
            cuts = [0, *(match.start() + 1 for match in self._control.pattern.finditer(text)), len(text)]
            ids, offsets = (), ()
            for start, end in itertools.pairwise(cuts):
                part, part_offsets = self._tokenize(text[start:end], continues or start > 0)
                ids += part
                offsets += tuple((start + low, start + high) for low, high in part_offsets)
        return ids, offsets

    def _tokenize(self, text: str, continues: bool) -> Tokens:
        if not text:
            return (), ()
        if continues and self._continuing is not None:
            encoding = self._continuing.encode(text, add_special_tokens=False)
            return tuple(encoding.ids), tuple(encoding.offsets)
        done = self._tokenizer(text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True)
        return tuple(done["input_ids"]), tuple(done["offset_mapping"])

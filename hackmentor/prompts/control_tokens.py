"""The tokens that only a template may write, found in rendered text as the tokenizer itself would find them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# White space as the tokenizers library has it: Python's also counts four control characters.
_WHITE_SPACE = r"[^\S\x1c-\x1f]*"
_LEADING = re.compile(rf"\A{_WHITE_SPACE}")
_TRAILING = re.compile(rf"{_WHITE_SPACE}\Z")


def strip_leading_space(text: str) -> str:
    """A text as a token before it leaves it that takes the white space to its right (`rstrip`)."""
    return _LEADING.sub("", text)


def strip_trailing_space(text: str) -> str:
    """A text as a token behind it leaves it that takes the white space to its left (`lstrip`)."""
    return _TRAILING.sub("", text)


@dataclass(frozen=True)
class ControlTokens:
    """Control tokens by content, with their ids. `take_left` and `take_right` swallow the white space beside them."""

    ids_by_content: dict[str, int]
    take_left: frozenset[int]
    take_right: frozenset[int]
    pattern: re.Pattern[str]

    def split(self, text: str) -> Iterator[tuple[str, int | None]]:
        """Yields the text between control tokens, with None, and each control token with its id, in order."""
        position = 0
        for match in self.pattern.finditer(text):
            yield text[position : match.start()], None
            yield match.group(), self.ids_by_content[match.group()]
            position = match.end()
        yield text[position:], None


def find_control_tokens(tokenizer: PreTrainedTokenizerBase, source: str) -> ControlTokens:
    """The special tokens of a tokenizer, and those other added tokens that a template's source writes.

    Added tokens that are not special may be plain text: Gemma 3 has line breaks and HTML tags among them. What only
    consists of white space is text even if the template writes it.
    """
    tokens = {
        index: token
        for index, token in tokenizer.added_tokens_decoder.items()
        if token.special or (token.content in source and not token.content.isspace())
    }
    contents = sorted((token.content for token in tokens.values()), key=len, reverse=True)
    return ControlTokens(
        {token.content: index for index, token in tokens.items()},
        frozenset(index for index, token in tokens.items() if token.lstrip),
        frozenset(index for index, token in tokens.items() if token.rstrip),
        re.compile("|".join(map(re.escape, contents)) or "$^"),
    )

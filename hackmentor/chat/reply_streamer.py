"""The text of an answer while it is generated: joined, exactly what decoding all of its tokens at once gives."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from transformers.generation.streamers import BaseStreamer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TextCallback = Callable[[str], None]
"""Receives the text of an answer in chunks, as it is generated."""

# What decoders write for bytes that are no character, and the tokens of single bytes in SentencePiece.
_REPLACEMENT_CHARACTER = "\ufffd"
_BYTE = re.compile("<0x[0-9A-F]{2}>")


class ReplyStreamer(BaseStreamer):  # type: ignore[misc]
    """Passes the text on as soon as no later token changes it, without the blank lines and the space before it."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, on_text: TextCallback) -> None:
        self.text = ""
        self.tokens = -1  # the first call brings the prompt
        self.first_text_time: float | None = None
        self._tokenizer, self._on_text = tokenizer, on_text
        self._ids: list[int] = []
        self._waiting, self._seen = "", 0

    def put(self, value: torch.Tensor) -> None:
        """Receives the prompt, then each token."""
        self.tokens += 1
        if self.tokens == 0:
            return
        index = int(value.reshape(-1)[-1])
        self._ids.append(index)
        # Decoded as a whole each time: some decoders drop the first space of what they are given, so that parts decoded
        # alone, such as lines, lose their indentation. Half a character, and bytes that more bytes may follow, wait.
        whole = self._decode()
        if not whole.endswith(_REPLACEMENT_CHARACTER) and not _BYTE.fullmatch(self._name(index)):
            self._pass_on(whole[self._seen :])

    def end(self) -> None:
        """Called at the end of the answer: passes on what still waited, such as half a character."""
        self._pass_on(self._decode()[self._seen :])

    def _decode(self) -> str:
        text = self._tokenizer.decode(self._ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)

    def _name(self, index: int) -> str:
        return str(self._tokenizer.convert_ids_to_tokens(index))

    def _pass_on(self, text: str) -> None:
        self._seen += len(text)
        self._waiting += text
        # White space alone may be blank lines, or the indentation of the first line.
        if not self.text and not self._waiting.strip():
            return
        text, self._waiting = self._waiting, ""
        if not self.text:
            text = _strip_start(text)
        if text:
            self.first_text_time = self.first_text_time or time.monotonic()
            self.text += text
            self._on_text(text)


def _strip_start(text: str) -> str:
    """An answer without the white space before it, except the indentation of its first line.

    One space is none: vicuna's template has it before each answer.
    """
    stripped = text.lstrip()
    indentation = text[: len(text) - len(stripped)].rpartition("\n")[2]
    return stripped if indentation == " " or indentation.strip(" \t") else indentation + stripped

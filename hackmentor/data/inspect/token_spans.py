"""Decodes an encoded record into readable spans, one per token where the token is text of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from hackmentor.prompts.example import Example

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# What decoders write for bytes that do not make a whole character yet.
_REPLACEMENT_CHARACTER = "\ufffd"
_MAX_BYTES_PER_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """The text of one token, or of several that only together make a character.

    `control` marks a special token of the template; `trained` that a loss is taken of it.
    """

    text: str
    control: bool
    trained: bool
    beyond_cutoff: bool


def decode_spans(
    example: Example, tokenizer: PreTrainedTokenizerBase, control_ids: Collection[int], cutoff: int
) -> list[TokenSpan]:
    """The tokens of a record in order, decoded; joined, their texts are the text of the record."""
    spans: list[TokenSpan] = []
    place = 0
    for control, run in groupby(example.input_ids, key=lambda index: index in control_ids):
        ids = list(run)
        # The cutoff may fall within a character: its first half is then shown as the model would see it.
        stop = cutoff - place if place < cutoff < place + len(ids) else None
        for start, text in (
            _decode_control_tokens(ids, tokenizer) if control else _decode_text_tokens(ids, tokenizer, stop)
        ):
            at = place + start
            spans.append(TokenSpan(text, control, example.trained[at], at >= cutoff))
        place += len(ids)
    return spans


def split_at_cutoff(spans: Sequence[TokenSpan], line: str) -> list[tuple[str, list[TokenSpan]]]:
    """The spans within the cutoff, and with `line` as their heading those beyond it."""
    return [
        (line if beyond else "", list(part)) for beyond, part in groupby(spans, key=lambda span: span.beyond_cutoff)
    ]


def _decode_control_tokens(ids: Sequence[int], tokenizer: PreTrainedTokenizerBase) -> Iterator[tuple[int, str]]:
    for start, index in enumerate(ids):
        yield start, str(tokenizer.added_tokens_decoder[index].content)


def _decode_text_tokens(
    ids: Sequence[int], tokenizer: PreTrainedTokenizerBase, stop: int | None
) -> Iterator[tuple[int, str]]:
    """Yields the start of each span and its text.

    A token is decoded together with the span before it: some decoders drop the space before a first token.
    """
    before, start = 0, 0
    for end in range(1, len(ids) + 1):
        text = _decode(ids[before:end], tokenizer)
        waits = text.endswith(_REPLACEMENT_CHARACTER) and end - start < _MAX_BYTES_PER_CHARACTER
        if waits and end not in (len(ids), stop):
            continue
        yield start, text.removeprefix(_decode(ids[before:start], tokenizer))
        before, start = start, end


def _decode(ids: Sequence[int], tokenizer: PreTrainedTokenizerBase) -> str:
    return str(tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))

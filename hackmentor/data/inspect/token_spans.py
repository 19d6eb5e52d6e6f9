"""An encoded record as readable pieces, one a token where the token is text of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from hackmentor.prompts.example import Example

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# What decoders write for bytes that are not yet a whole character.
_UNFINISHED = "\ufffd"
_BYTES_A_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """What one token says, or several that only together make a character.

    `control` tells a token of the template from text that looks like one; `beyond` that the cutoff takes it away.
    """

    text: str
    control: bool
    trained: bool
    beyond: bool


def pieces(
    example: Example, tokenizer: PreTrainedTokenizerBase, control_ids: Collection[int], cutoff: int
) -> list[Piece]:
    """The tokens of a record in order, decoded; joined, their texts are the text of the record."""
    found: list[Piece] = []
    place = 0
    for control, run in groupby(example.input_ids, key=lambda index: index in control_ids):
        ids = list(run)
        # The cutoff may fall into a character: then its first half is shown as what the model would see of it.
        stop = cutoff - place if place < cutoff < place + len(ids) else None
        for start, text in _control(ids, tokenizer) if control else _text(ids, tokenizer, stop):
            at = place + start
            found.append(Piece(text, control, example.trained[at], at >= cutoff))
        place += len(ids)
    return found


def cut(found: Sequence[Piece], line: str) -> list[tuple[str, list[Piece]]]:
    """What lies within the cutoff, and after a line what lies beyond it."""
    return [(line if beyond else "", list(part)) for beyond, part in groupby(found, key=lambda piece: piece.beyond)]


def _control(ids: Sequence[int], tokenizer: PreTrainedTokenizerBase) -> Iterator[tuple[int, str]]:
    for start, index in enumerate(ids):
        yield start, str(tokenizer.added_tokens_decoder[index].content)


def _text(ids: Sequence[int], tokenizer: PreTrainedTokenizerBase, stop: int | None) -> Iterator[tuple[int, str]]:
    """Yields where each piece starts and its text.

    A token is decoded together with the piece before it: some decoders drop the space before a first token.
    """
    before, start = 0, 0
    for end in range(1, len(ids) + 1):
        text = _decode(ids[before:end], tokenizer)
        waits = text.endswith(_UNFINISHED) and end - start < _BYTES_A_CHARACTER
        if waits and end not in (len(ids), stop):
            continue
        yield start, text.removeprefix(_decode(ids[before:start], tokenizer))
        before, start = start, end


def _decode(ids: Sequence[int], tokenizer: PreTrainedTokenizerBase) -> str:
    return str(tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))

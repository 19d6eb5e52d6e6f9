"""Encodes conversations as token ids, with the loss mask over what the assistant says.

The template is rendered with a placeholder for each message, and the messages are tokenised as plain text afterwards,
so that no text of a record or a user can become a control token. Where a template's roles are words (vicuna's "USER:",
alpaca's "### Response:"), text can still imitate the word, and stays as it is: changing it would change the data. That
does not get it trained on, and the token that ends a turn cannot be imitated.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from hackmentor.prompts.control_tokens import find_control_tokens, strip_leading_space, strip_trailing_space
from hackmentor.prompts.plain_text import PlainTextTokenizer
from hackmentor.prompts.render import render_messages
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Two code points of the private use area stand in for message i while the template is rendered, between two spaces of
# a kind that no template writes: a template that strips what a message begins or ends with takes them away.
_PAD = "\u2003"
_PLACEHOLDER = f"{_PAD}\ue000{{}}\ue001{_PAD}"
_PLACEHOLDERS = re.compile(f"({_PAD}?)\ue000([0-9]+)\ue001({_PAD}?)")

_PROBE: tuple[Message, ...] = ({"role": "user", "content": "."}, {"role": "assistant", "content": "."})


@dataclass(frozen=True)
class EncodedConversation:
    """A conversation as tokens. `trained` is the loss mask: whether token i is said by the assistant.

    `stripped` are the places of the messages whose leading or trailing white space the template took away.
    """

    input_ids: list[int]
    trained: list[bool]
    stripped: list[int] = field(default_factory=list)


@dataclass
class _TextRun:
    """Plain text between two control tokens, and the spans of it that are trained on (in characters)."""

    text: str = ""
    trained: list[tuple[int, int]] = field(default_factory=list)

    def add(self, text: str, trained: bool) -> None:
        start = len(self.text)
        if trained and text:
            if self.trained and self.trained[-1][1] == start:
                start = self.trained.pop()[0]
            self.trained.append((start, len(self.text) + len(text)))
        self.text += text

    def strip_trailing_space(self) -> None:
        self.text = strip_trailing_space(self.text)
        length = len(self.text)
        self.trained = [(start, min(end, length)) for start, end in self.trained if start < length]


class ChatTemplate:
    """A tokenizer with its Jinja template, whose `{% generation %}` tags surround what is trained on.

    Args:
        tokenizer: a fast one.
        source: the template.
        generation_stops: tokens that also end an answer, as the base's generation_config.json has them.
    """

    # Whether a placeholder without its pads means that the template strips messages.
    _strips_padded = True

    def __init__(self, tokenizer: PreTrainedTokenizerBase, source: str, generation_stops: Collection[int] = ()) -> None:
        self.tokenizer = tokenizer
        self.source = source
        self._generation_stops = generation_stops
        self._control = find_control_tokens(tokenizer, source)
        self._control_ids = frozenset(self._control.ids_by_content.values())
        self._plain_text = PlainTextTokenizer(tokenizer, self._control)

    @property
    def control_token_ids(self) -> frozenset[int]:
        """The ids of control tokens: only the template produces them, never the text of a message."""
        return self._control_ids

    @cached_property
    def stop_token_ids(self) -> list[int]:
        """The ids of the control tokens that end a turn of the assistant, found by encoding one with the template."""
        encoded = self.encode(_PROBE)
        trained_ids = {index for index, trained in zip(encoded.input_ids, encoded.trained, strict=True) if trained}
        return sorted(trained_ids & self._control_ids)

    @cached_property
    def generation_stop_ids(self) -> list[int]:
        """The ids of all control tokens that end an answer: those of the template and those of the base.

        A base that names plain text, such as a line break, would end every answer at its first line: it is left out.
        """
        return sorted(
            {*self.stop_token_ids, *(index for index in self._generation_stops if index in self._control_ids)}
        )

    @cached_property
    def written_token_ids(self) -> frozenset[int]:
        """The ids of the control tokens in a conversation of two messages and in the prompt for it."""
        return frozenset({*self.encode(_PROBE).input_ids, *self.encode_prompt(_PROBE[:1])} & self._control_ids)

    def check_turn_end(self) -> None:
        """Raises UserError if the token with which the template ends a turn is none of the tokenizer."""
        if self.stop_token_ids:
            return
        rendered, generated = self._render(_PROBE, prompt=False)
        end = "".join(_PLACEHOLDERS.split(rendered[slice(*span)])[-1] for span in generated[-1:]).strip()
        if end:
            eos = self.tokenizer.eos_token
            hint = "" if eos is None else f"; this base ends a text with {eos!r}"
            raise UserError(
                f"the template ends a turn with {end!r}, which is no token of this base's tokenizer, so the model "
                f"would never stop: choose another one in base.templates{hint}"
            )

    def encode(self, messages: Sequence[Message]) -> EncodedConversation:
        """Encodes the whole conversation, for training and for measuring loss."""
        return self._encode(messages, add_generation_prompt=False)

    def encode_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Encodes the conversation so far as the prompt for the assistant's next turn."""
        return self._encode(messages, add_generation_prompt=True).input_ids

    def list_trained_turns(self, messages: Sequence[Message]) -> list[int]:
        """The places of the messages that `encode` trains on: all of the assistant's."""
        return [place for place, message in enumerate(messages) if message["role"] == "assistant"]

    def split_into_trainable(self, messages: Sequence[Message]) -> list[Sequence[Message]]:
        """The conversations that together train on every turn of this one: itself, where `encode` trains on all."""
        return [messages]

    def _encode(self, messages: Sequence[Message], *, add_generation_prompt: bool) -> EncodedConversation:
        encoded, run = EncodedConversation([], []), _TextRun()
        takes_space = False  # the control token before takes white space to its right
        for text, trained, control in self._split_rendered(messages, add_generation_prompt, encoded.stripped):
            if control is None:
                kept = strip_leading_space(text) if takes_space else text
                takes_space = takes_space and not kept
                run.add(kept, trained)
            else:
                if control in self._control.take_left:
                    run.strip_trailing_space()
                self._append_tokens(run, encoded)
                run = _TextRun()
                encoded.input_ids.append(control)
                encoded.trained.append(trained)
                takes_space = control in self._control.take_right
        self._append_tokens(run, encoded)
        return encoded

    def _split_rendered(
        self, messages: Sequence[Message], prompt: bool, stripped: list[int]
    ) -> Iterator[tuple[str, bool, int | None]]:
        """Yields (text, trained, id of the control token or None) in order; appends to `stripped`."""
        rendered, generated = self._render(messages, prompt)
        cuts = sorted({0, len(rendered), *(cut for span in generated for cut in span)})
        for start, end in itertools.pairwise(cuts):
            trained = any(low <= start and end <= high for low, high in generated)
            # re.split with three groups: template text, pad, number of a message, pad, template text, ...
            parts = _PLACEHOLDERS.split(rendered[start:end])
            for place in range(0, len(parts), 4):
                for text, control in self._control.split(parts[place]):
                    yield text, trained, control
                if place + 1 < len(parts):
                    left, number, right = parts[place + 1 : place + 4]
                    content = messages[int(number)]["content"]
                    kept = content if left else content.lstrip()
                    kept = kept if right else kept.rstrip()
                    if kept != content and self._strips_padded and int(number) not in stripped:
                        stripped.append(int(number))
                    yield kept, trained, None

    def _render(self, messages: Sequence[Message], prompt: bool) -> tuple[str, list[tuple[int, int]]]:
        stand_ins = [
            {"role": message["role"], "content": _PLACEHOLDER.format(index)} for index, message in enumerate(messages)
        ]
        return render_messages(self.tokenizer, self.source, stand_ins, prompt=prompt, marked=True)

    def _append_tokens(self, run: _TextRun, encoded: EncodedConversation) -> None:
        is_start = not encoded.input_ids
        ids, offsets = self._plain_text.tokenize(run.text, is_start=is_start)
        for start, _ in run.trained:
            # Where the assistant begins to speak the tokens must break as they do when it is asked to speak, or it
            # would be trained on a beginning that it never meets: "\n" + "\nYes" is not "\n\n" + "Yes" everywhere.
            prompt, prompt_offsets = self._plain_text.tokenize(run.text[:start], is_start=is_start)
            if ids[: len(prompt)] != prompt:
                answer, answer_offsets = self._plain_text.tokenize_continued(run.text[start:])
                ids = prompt + answer
                offsets = prompt_offsets + tuple((start + low, start + high) for low, high in answer_offsets)
        encoded.input_ids.extend(ids)
        encoded.trained.extend(_mark_overlapping_tokens(offsets, run.trained))


def _mark_overlapping_tokens(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Which tokens share a character with one of the spans."""
    if not spans:
        return [False] * len(offsets)
    return [any(low < end and start < high for low, high in spans) for start, end in offsets]

"""Encodes conversations as token ids, with the loss mask over what the assistant says.

The template is rendered with a placeholder for each message, and the messages are tokenised as plain text afterwards,
so that no text of a record or a user can become a control token. Where a template's roles are words (vicuna's "USER:",
alpaca's "### Response:"), text can still imitate the word, and stays as it is: changing it would change the data. That
does not get it trained on, and the token that ends a turn cannot be imitated.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from hackmentor.records.record import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Two code points of the private use area: they stand in for message i while the template is rendered.
_PLACEHOLDER = "\ue000{}\ue001"
_PLACEHOLDERS = re.compile("\ue000([0-9]+)\ue001")

# The texts between messages recur in every conversation: the tokens of so many are cached.
_MAX_CACHED_TEXTS = 64

# Token ids of a text, and where each token begins and ends in it, in characters.
_Tokens = tuple[tuple[int, ...], tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class EncodedConversation:
    """A conversation as tokens. `trained` is the loss mask: whether token i is said by the assistant."""

    input_ids: list[int]
    trained: list[bool]


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


class ChatTemplate:
    """A tokenizer with its Jinja template, whose `{% generation %}` tags surround what is trained on."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, source: str) -> None:
        self.tokenizer = tokenizer
        self.source = source
        self._control = {token.content: index for index, token in tokenizer.added_tokens_decoder.items()}
        self._control_pattern = re.compile(
            "|".join(map(re.escape, sorted(self._control, key=len, reverse=True))) or "$^"
        )
        self._control_ids = frozenset(self._control.values())
        self._tokenize_plain_cached = lru_cache(_MAX_CACHED_TEXTS)(self._tokenize_plain)

    @property
    def control_token_ids(self) -> frozenset[int]:
        """The ids of control tokens: only the template produces them, never the text of a message."""
        return self._control_ids

    @cached_property
    def stop_token_ids(self) -> list[int]:
        """The ids of the control tokens that end a turn of the assistant, found by encoding one with the template."""
        probe: list[Message] = [{"role": "user", "content": "."}, {"role": "assistant", "content": "."}]
        encoded = self.encode(probe)
        trained_ids = {index for index, trained in zip(encoded.input_ids, encoded.trained, strict=True) if trained}
        return sorted(trained_ids & self._control_ids)

    def encode(self, messages: Sequence[Message]) -> EncodedConversation:
        """Encodes the whole conversation, for training and for measuring loss."""
        return self._encode(messages, add_generation_prompt=False)

    def encode_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Encodes the conversation so far as the prompt for the assistant's next turn."""
        return self._encode(messages, add_generation_prompt=True).input_ids

    def _encode(self, messages: Sequence[Message], *, add_generation_prompt: bool) -> EncodedConversation:
        encoded, run = EncodedConversation([], []), _TextRun()
        for text, trained, control in self._split_rendered(messages, add_generation_prompt):
            if control is None:
                run.add(text, trained)
            else:
                self._append_tokens(run, encoded)
                run = _TextRun()
                encoded.input_ids.append(control)
                encoded.trained.append(trained)
        self._append_tokens(run, encoded)
        return encoded

    def _split_rendered(self, messages: Sequence[Message], prompt: bool) -> Iterator[tuple[str, bool, int | None]]:
        """Yields (text, trained, id of the control token or None) in order."""
        rendered, generated = self._render(messages, prompt)
        cuts = sorted({0, len(rendered), *(cut for span in generated for cut in span)})
        for start, end in itertools.pairwise(cuts):
            trained = any(low <= start and end <= high for low, high in generated)
            # re.split with one group alternates template text and the number of a message.
            for place, part in enumerate(_PLACEHOLDERS.split(rendered[start:end])):
                if place % 2:
                    yield messages[int(part)]["content"].strip(), trained, None
                else:
                    yield from self._split_control_tokens(part, trained)

    def _split_control_tokens(self, text: str, trained: bool) -> Iterator[tuple[str, bool, int | None]]:
        position = 0
        for match in self._control_pattern.finditer(text):
            yield text[position : match.start()], trained, None
            yield match.group(), trained, self._control[match.group()]
            position = match.end()
        yield text[position:], trained, None

    def _render(self, messages: Sequence[Message], prompt: bool) -> tuple[str, list[tuple[int, int]]]:
        from transformers.utils.chat_template_utils import render_jinja_template

        stand_ins = [
            {"role": message["role"], "content": _PLACEHOLDER.format(index)} for index, message in enumerate(messages)
        ]
        rendered, generated = render_jinja_template(
            conversations=[stand_ins],
            chat_template=self.source,
            return_assistant_tokens_mask=True,
            add_generation_prompt=prompt,
            **self.tokenizer.special_tokens_map,
        )
        return rendered[0], list(generated[0])

    def _append_tokens(self, run: _TextRun, encoded: EncodedConversation) -> None:
        ids, offsets = self._tokenize_plain_cached(run.text)
        for start, _ in run.trained:
            # Where the assistant begins to speak the tokens must break as they do when it is asked to speak, or it
            # would be trained on a beginning that it never meets: "\n" + "\nYes" is not "\n\n" + "Yes" everywhere.
            prompt, prompt_offsets = self._tokenize_plain_cached(run.text[:start])
            if ids[: len(prompt)] != prompt:
                answer, answer_offsets = self._tokenize_plain_cached(run.text[start:])
                ids = prompt + answer
                offsets = prompt_offsets + tuple((start + low, start + high) for low, high in answer_offsets)
        encoded.input_ids.extend(ids)
        encoded.trained.extend(_mark_overlapping_tokens(offsets, run.trained))

    def _tokenize_plain(self, text: str) -> _Tokens:
        """Token ids and character offsets of a text in which nothing is a control token."""
        ids, offsets = self._tokenize(text)
        if not self._control_ids.isdisjoint(ids):
            # split_special_tokens leaves added tokens that are not marked special (Qwen's <think>): cut each in two.
            cuts = [0, *(match.start() + 1 for match in self._control_pattern.finditer(text)), len(text)]
            ids, offsets = (), ()
            for start, end in itertools.pairwise(cuts):
                part, part_offsets = self._tokenize(text[start:end])
                ids += part
                offsets += tuple((start + low, start + high) for low, high in part_offsets)
        return ids, offsets

    def _tokenize(self, text: str) -> _Tokens:
        if not text:
            return (), ()
        done = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True)
        return tuple(done["input_ids"]), tuple(done["offset_mapping"])


def _mark_overlapping_tokens(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Which tokens share a character with one of the spans."""
    if not spans:
        return [False] * len(offsets)
    return [any(low < end and start < high for low, high in spans) for start, end in offsets]

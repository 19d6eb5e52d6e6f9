"""Encodes conversations as token ids, with the loss mask over what the assistant says.

The template is rendered with a placeholder for each message, and the messages are tokenised as plain text afterwards,
so that no text of a record or a user can become a control token. Where a template's roles are words (vicuna's "USER:",
alpaca's "### Response:"), text can still imitate the word, and stays as it is: changing it would change the data. That
does not get it trained on, and the token that ends a turn cannot be imitated.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from hackmentor.prompts.control_tokens import find_control_tokens, strip_leading_space
from hackmentor.prompts.conversation_shape import (
    MAX_CACHED_SHAPES,
    PLACEHOLDERS,
    Shape,
    build_stand_ins,
    get_shape_entry,
)
from hackmentor.prompts.plain_text import PlainTextTokenizer
from hackmentor.prompts.render import render_messages
from hackmentor.prompts.roles import RolePolicy
from hackmentor.prompts.text_run import TextRun, mark_overlapping_tokens
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# What is rendered, and the spans of it that are trained on, in characters.
Rendered = tuple[str, list[tuple[int, int]]]

_PROBE: tuple[Message, ...] = ({"role": "user", "content": "."}, {"role": "assistant", "content": "."})


@dataclass(frozen=True)
class EncodedConversation:
    """A conversation as tokens. `trained` is the loss mask: whether token i is said by the assistant.

    `stripped`: whether white space is lost with which a message began or ended, because the template strips it or a
    control token swallows it. `parted` are the places where a turn begins whose first characters are tokenised apart
    from the prompt before them, with which the tokenizer would have joined them.
    """

    input_ids: list[int]
    trained: list[bool]
    stripped: bool = False
    parted: list[int] = field(default_factory=list)


class ChatTemplate:
    """A tokenizer with its Jinja template, whose `{% generation %}` tags surround what is trained on.

    Args:
        tokenizer: a fast one.
        source: the template.
        generation_stops: tokens that also end an answer, as the base's generation_config.json has them.
    """

    # What is trained on beside answers, for those who encode records with the template.
    role_policy = RolePolicy()

    def __init__(self, tokenizer: PreTrainedTokenizerBase, source: str, generation_stops: Collection[int] = ()) -> None:
        self.tokenizer = tokenizer
        self.source = source
        self._generation_stops = generation_stops
        self._control = find_control_tokens(tokenizer, source)
        self._control_ids = frozenset(self._control.ids_by_content.values())
        self._plain_text = PlainTextTokenizer(tokenizer, self._control)
        self._render_marked = lru_cache(MAX_CACHED_SHAPES)(self._render_marked_uncached)

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
        end = "".join(PLACEHOLDERS.split(rendered[slice(*span)])[-1] for span in generated[-1:]).strip()
        if end:
            eos = self.tokenizer.eos_token
            hint = "" if eos is None else f"; this base ends a text with {eos!r}"
            raise UserError(
                f"the template ends a turn with {end!r}, which is no token of this base's tokenizer, so the model "
                f"would never stop: choose another one in base.templates{hint}"
            )

    def encode(self, messages: Sequence[Message]) -> EncodedConversation:
        """Encodes the whole conversation, for training and for measuring loss."""
        return self._encode_rendered(messages, self._render(messages, prompt=False))

    def encode_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Encodes the conversation so far as the prompt for the assistant's next turn."""
        return self._tokenize_runs(self._list_runs(messages, self._render(messages, prompt=True))).input_ids

    def list_trained_turns(self, messages: Sequence[Message]) -> list[int]:
        """The places of the messages that `encode` trains on: all of the assistant's."""
        return [place for place, message in enumerate(messages) if message["role"] == "assistant"]

    def split_into_trainable(self, messages: Sequence[Message]) -> list[Sequence[Message]]:
        """The conversations that together train on every turn of this one: itself, where `encode` trains on all."""
        return [messages]

    def get_prompt_messages(self, messages: Sequence[Message], place: int) -> Sequence[Message]:
        """The messages that are the prompt for the one at a place: all before it."""
        return messages[:place]

    def _get_placeholder_text(self, messages: Sequence[Message], number: int) -> str:
        """What a placeholder stands for: the text of a message."""
        return messages[number]["content"]

    def _get_shape(self, messages: Sequence[Message]) -> Shape:
        return tuple(map(get_shape_entry, messages))

    def _encode_rendered(self, messages: Sequence[Message], rendered: Rendered) -> EncodedConversation:
        runs = list(self._list_runs(messages, rendered))
        return replace(self._tokenize_runs(runs), stripped=self._loses_space(messages, runs))

    def _loses_space(self, messages: Sequence[Message], runs: Sequence[tuple[TextRun, int | None, bool]]) -> bool:
        """Whether less white space stands around the messages in the runs than the messages have."""
        bare: list[Message] = [{**m, "content": m["content"].strip()} for m in messages]
        outer = sum(len(m["content"]) - len(b["content"]) for m, b in zip(messages, bare, strict=True))
        if outer == 0:
            return False
        without = self._list_runs(bare, self._render(bare, prompt=False))
        return sum(len(run.text) for run, *_ in runs) - sum(len(run.text) for run, *_ in without) < outer

    def _list_runs(self, messages: Sequence[Message], rendered: Rendered) -> Iterator[tuple[TextRun, int | None, bool]]:
        """Yields each stretch of text, the control token behind it (None at the end), and whether that is trained."""
        run = TextRun()
        takes_space = False  # the control token before takes white space to its right
        for text, trained, control in self._split_rendered(messages, *rendered):
            if control is None:
                kept = strip_leading_space(text) if takes_space else text
                takes_space = takes_space and not kept
                run.add(kept, trained)
            else:
                if control in self._control.take_left:
                    run.strip_trailing_space()
                yield run, control, trained
                run = TextRun()
                takes_space = control in self._control.take_right
        yield run, None, False

    def _tokenize_runs(self, runs: Iterable[tuple[TextRun, int | None, bool]]) -> EncodedConversation:
        encoded = EncodedConversation([], [])
        for run, control, trained in runs:
            self._append_tokens(run, encoded)
            if control is not None:
                encoded.input_ids.append(control)
                encoded.trained.append(trained)
        return encoded

    def _split_rendered(
        self, messages: Sequence[Message], rendered: str, generated: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[str, bool, int | None]]:
        """Yields (text, trained, id of the control token or None) in order."""
        cuts = sorted({0, len(rendered), *(cut for span in generated for cut in span)})
        for start, end in itertools.pairwise(cuts):
            trained = any(low <= start and end <= high for low, high in generated)
            # re.split with one group: template text, number of a message, template text, ...
            for place, part in enumerate(PLACEHOLDERS.split(rendered[start:end])):
                if place % 2:
                    yield self._get_placeholder_text(messages, int(part)).strip(), trained, None
                else:
                    for text, control in self._control.split(part):
                        yield text, trained, control

    def _render(self, messages: Sequence[Message], prompt: bool) -> Rendered:
        return self._render_marked(self._get_shape(messages), prompt)

    def _render_marked_uncached(self, shape: Shape, prompt: bool) -> Rendered:
        return self._render_jinja(build_stand_ins(shape), prompt, marked=True)

    def _render_jinja(
        self, stand_ins: list[dict[str, Any]], prompt: bool, *, marked: bool = False, tools: list[Any] | None = None
    ) -> Rendered:
        """What transformers renders, and the spans between marks. Raises UserError if the template refuses that."""
        return render_messages(
            self.tokenizer.special_tokens_map, self.source, stand_ins, prompt=prompt, marked=marked, tools=tools
        )

    def _append_tokens(self, run: TextRun, encoded: EncodedConversation) -> None:
        is_start = not encoded.input_ids
        ids, offsets = self._plain_text.tokenize(run.text, is_start=is_start)
        for start, _ in run.trained:
            # Where the assistant begins to speak the tokens must break as they do when it is asked to speak, or it
            # would be trained on a beginning that it never meets: "\n" + "\nYes" is not "\n\n" + "Yes" everywhere.
            prompt, prompt_offsets = self._plain_text.tokenize(run.text[:start], is_start=is_start)
            if ids[: len(prompt)] != prompt:
                encoded.parted.append(len(encoded.input_ids) + len(prompt))
                answer, answer_offsets = self._plain_text.tokenize_continued(run.text[start:])
                ids = prompt + answer
                offsets = prompt_offsets + tuple((start + low, start + high) for low, high in answer_offsets)
        encoded.input_ids.extend(ids)
        encoded.trained.extend(mark_overlapping_tokens(offsets, run.trained))

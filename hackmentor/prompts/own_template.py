"""The chat template that comes with a base, as it is: without marks, what is trained on follows from its prompts.

A turn of the assistant begins where the prompt for it ends, and ends with the first special token behind its text. So
the loss mask needs no copy of the template with `{% generation %}` marks, and nothing about any family is written here.

Some templates write an earlier turn otherwise than the last one: Qwen3's leaves earlier thoughts out. What such a
template makes of a whole dialogue is not what the model sees when it is asked, so each turn becomes an example.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.example import Example
from hackmentor.prompts.loss_mask import check_loss_mask
from hackmentor.prompts.render import render_messages
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Two code points of the private use area stand in for message i, as in `chat_template`, but without its pads: the
# white space of the message itself stands around them, and the template does with it what it does.
_PLACEHOLDER = "\ue000{}\ue001"

# What begins or ends what is trained on, in a template with marks.
_MARK = re.compile(r"\{%(-?)\s*(end)?generation\s*(-?)%\}")

# Conversations that differ in their texts alone are rendered once: most of a data set has few shapes.
_MAX_CACHED_SHAPES = 256

# A conversation without its texts: for each message its role, the white space around its text, whether it has a text.
_Shape = tuple[tuple[str, str, str, bool], ...]


def has_marks(source: str) -> bool:
    """Whether a template says with `{% generation %}` marks what the assistant says."""
    return _MARK.search(source) is not None


def remove_marks(source: str) -> str:
    """A template without its marks: the tags stay as ones that do nothing, with what they do to white space."""
    return _MARK.sub(lambda found: f"{{%{found[1]} {'endif' if found[2] else 'if true'} {found[3]}%}}", source)


def build_template(
    tokenizer: PreTrainedTokenizerBase, source: str, generation_stops: Collection[int] = ()
) -> ChatTemplate:
    """A tokenizer with a template: marks decide what is trained on, and where there are none, its prompts do."""
    kind = ChatTemplate if has_marks(source) else OwnTemplate
    return kind(tokenizer, source, generation_stops)


def choose_marks(tokenizer: PreTrainedTokenizerBase, source: str) -> str:
    """A base's own template with its marks, if it has any and they are around the answer and its end alone."""
    if not has_marks(source):
        return source
    talk: list[Message] = [{"role": "user", "content": "."}, {"role": "assistant", "content": "."}]
    template = ChatTemplate(tokenizer, source)
    try:
        encoded = template.encode(talk)
        stop = [index for index, trained in zip(encoded.input_ids, encoded.trained, strict=True) if trained][-1:]
        prompt = template.encode_prompt(talk[:1])
        check_loss_mask(Example("", encoded.input_ids, encoded.trained), [prompt], {*stop} & {*template.stop_token_ids})
    except UserError:
        return remove_marks(source)
    return source


class OwnTemplate(ChatTemplate):
    """A tokenizer with a Jinja template that has no marks.

    `encode` trains on every turn of the assistant where the template keeps earlier turns as they were said, and on the
    last one where it does not (`keeps_earlier_turns`).
    """

    _strips_padded = False

    def __init__(self, tokenizer: PreTrainedTokenizerBase, source: str, generation_stops: Collection[int] = ()) -> None:
        super().__init__(tokenizer, source, generation_stops)
        ends = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
        ends |= {str(tokenizer.eos_token)} if tokenizer.eos_token else set()
        self._end_pattern = re.compile("|".join(map(re.escape, sorted(ends, key=len, reverse=True))) or "$^")
        self._render_shape = lru_cache(_MAX_CACHED_SHAPES)(self._render_shape_uncached)
        self._find_spans = lru_cache(_MAX_CACHED_SHAPES)(self._find_spans_uncached)

    @cached_property
    def stop_token_ids(self) -> list[int]:
        """The id of the token that ends a turn of the assistant, found by encoding one."""
        encoded = self.encode([{"role": "user", "content": "."}, {"role": "assistant", "content": "."}])
        last = max(place for place, trained in enumerate(encoded.trained) if trained)
        return [encoded.input_ids[last]]

    @cached_property
    def generation_stop_ids(self) -> list[int]:
        """As for a template with marks; without the end of a turn where it has none, as asking needs no training."""
        try:
            return super().generation_stop_ids
        except UserError:
            return sorted({*self._generation_stops} & {*self._control_ids})

    def check_turn_end(self) -> None:
        """Nothing: each conversation is refused by itself, with the turn that has no end."""

    def keeps_earlier_turns(self, messages: Sequence[Message]) -> bool:
        """Whether each turn of the assistant stands in the whole conversation as where it is the last one.

        Raises:
            UserError: naming the turn, if what is said is not what the prompt for it leads to.
        """
        return self._find_spans(_get_shape(messages))[1]

    def list_trained_turns(self, messages: Sequence[Message]) -> list[int]:
        """The places of the messages that `encode` trains on. Raises UserError as `keeps_earlier_turns`."""
        turns = super().list_trained_turns(messages)
        return turns if self.keeps_earlier_turns(messages) else turns[-1:]

    def split_into_trainable(self, messages: Sequence[Message]) -> list[Sequence[Message]]:
        """The conversation up to each turn that `encode` does not train on in the whole; else the whole alone.

        Raises:
            UserError: as `keeps_earlier_turns`.
        """
        if self.keeps_earlier_turns(messages):
            return [messages]
        return [messages[: place + 1] for place in super().list_trained_turns(messages)]

    def _render(self, messages: Sequence[Message], prompt: bool) -> tuple[str, list[tuple[int, int]]]:
        shape = _get_shape(messages)
        rendered = self._render_shape(shape, prompt)
        if prompt:
            return rendered, []
        spans, keeps_earlier = self._find_spans(shape)
        return rendered, list(spans if keeps_earlier else spans[-1:])

    def _render_shape_uncached(self, shape: _Shape, prompt: bool) -> str:
        stand_ins = [
            {"role": role, "content": f"{before}{_PLACEHOLDER.format(place)}{after}" if has_text else before}
            for place, (role, before, after, has_text) in enumerate(shape)
        ]
        rendered, _ = render_messages(self.tokenizer, self.source, stand_ins, prompt=prompt)
        for place, (role, _, _, has_text) in enumerate(shape):
            if has_text and _PLACEHOLDER.format(place) not in rendered:
                raise UserError(f"the chat template leaves out message {place + 1}, of the {role}")
        return rendered

    def _find_spans_uncached(self, shape: _Shape) -> tuple[tuple[tuple[int, int], ...], bool]:
        """Where each turn of the assistant is in the text up to it, and whether it is the same in the whole text."""
        whole = self._render_shape(shape, prompt=False)
        spans, keeps_earlier = [], True
        turns = [place for place, (role, *_) in enumerate(shape) if role == "assistant"]
        for number, place in enumerate(turns, start=1):
            prompt = self._render_shape(shape[:place], prompt=True)
            until = self._render_shape(shape[: place + 1], prompt=False)
            end = self._end_pattern.search(until, until.index(_PLACEHOLDER.format(place)))
            if not until.startswith(prompt):
                raise UserError(
                    f"turn {number} of the assistant: the chat template asks for it with "
                    f"...{prompt[-32:]!r}, and writes what was said without that, so that training would "
                    "not be what the model is asked; base.template_arguments may change it (enable_thinking: false), "
                    "or choose another template with base.templates"
                )
            if end is None:
                raise UserError(
                    f"turn {number} of the assistant: the chat template has no special token at its end, so "
                    "the model would never stop; choose another template with base.templates"
                )
            spans.append((len(prompt), end.end()))
            keeps_earlier = keeps_earlier and whole[: end.end()] == until[: end.end()]
        return tuple(spans), keeps_earlier


def _get_shape(messages: Sequence[Message]) -> _Shape:
    shape = []
    for message in messages:
        content, text = message["content"], message["content"].strip()
        start = content.index(text)
        after = content[start + len(text) :] if text else ""
        has_text = bool(text) or message["role"] == "assistant"
        before = content[:start] if text or has_text else content
        shape.append((message["role"], before, after, has_text))
    return tuple(shape)

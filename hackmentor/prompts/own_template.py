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
from typing import TYPE_CHECKING, Any, NoReturn

from hackmentor.prompts.chat_template import ChatTemplate, EncodedConversation, Rendered
from hackmentor.prompts.conversation_shape import MAX_CACHED_SHAPES, PLACEHOLDER, Shape, ShapeEntry, build_stand_ins
from hackmentor.prompts.example import Example
from hackmentor.prompts.loss_mask import check_loss_mask
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# What begins or ends what is trained on, in a template with marks.
_MARK = re.compile(r"\{%(-?)\s*(end)?generation\s*(-?)%\}")


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

    def __init__(self, tokenizer: PreTrainedTokenizerBase, source: str, generation_stops: Collection[int] = ()) -> None:
        super().__init__(tokenizer, source, generation_stops)
        ends = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
        ends |= {str(tokenizer.eos_token)} if tokenizer.eos_token else set()
        self._end_pattern = re.compile("|".join(map(re.escape, sorted(ends, key=len, reverse=True))) or "$^")
        self._render_shape = lru_cache(MAX_CACHED_SHAPES)(self._render_shape_uncached)
        self._find_spans = lru_cache(MAX_CACHED_SHAPES)(self._find_spans_uncached)

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
        """Whether each turn of the assistant stands in the whole conversation as where it is the last one, and begins
        with a token of its own where it is an earlier one: a line break before an answer may join the prompt's.

        Raises:
            UserError: naming the turn, if what is said is not what the prompt for it leads to.
        """
        spans, keeps_earlier = self._find_spans(self._get_shape(messages))
        return keeps_earlier and (len(spans) < 2 or not self._joins_earlier(messages))

    def list_trained_turns(self, messages: Sequence[Message]) -> list[int]:
        """The places of the messages that `encode` trains on. Raises UserError as `keeps_earlier_turns`."""
        turns = super().list_trained_turns(messages)
        return turns if self.keeps_earlier_turns(messages) else turns[-1:]

    def split_into_trainable(self, messages: Sequence[Message]) -> list[Sequence[Message]]:
        """The whole alone, if `encode` trains on all of its turns; else the conversation up to each turn.

        Earlier turns have weight 0 there, as some such conversation may keep them: each turn is trained on once.

        Raises:
            UserError: as `keeps_earlier_turns`.
        """
        if self.keeps_earlier_turns(messages):
            return [messages]
        return [
            [*map(_make_context, messages[:place]), messages[place]] for place in super().list_trained_turns(messages)
        ]

    def encode(self, messages: Sequence[Message]) -> EncodedConversation:
        """Encodes the whole conversation. Raises UserError as `keeps_earlier_turns`."""
        spans = self._find_spans(self._get_shape(messages))[0]
        trained = spans if self.keeps_earlier_turns(messages) else spans[-1:]
        return self._encode_rendered(messages, (self._render(messages, prompt=False)[0], list(trained)))

    def _joins_earlier(self, messages: Sequence[Message]) -> bool:
        """Whether the tokenizer joins the beginning of an earlier turn to the prompt for it.

        Every program does so with what was said before, so that only the last turn may be tokenised apart.
        """
        shape = self._get_shape(messages)
        spans = list(self._find_spans(shape)[0])
        encoded = self._tokenize_runs(self._list_runs(messages, (self._render_shape(shape, False), spans[:-1])))
        return bool(encoded.parted)

    def _render(self, messages: Sequence[Message], prompt: bool) -> Rendered:
        return self._render_shape(self._get_shape(messages), prompt), []

    def _render_shape_uncached(self, shape: Shape, prompt: bool) -> str:
        rendered = self._render_stand_ins(shape, *self._build_stand_ins(shape), prompt=prompt)
        for place, (_, _, _, has_text, _) in enumerate(shape):
            if has_text and PLACEHOLDER.format(place) not in rendered:
                self._refuse_left_out(shape, place)
        return rendered

    def _refuse_left_out(self, shape: Shape, place: int) -> NoReturn:
        raise UserError(f"the chat template leaves out message {place + 1}, of the {shape[place][0]}")

    def _build_stand_ins(self, shape: Shape) -> tuple[list[dict[str, Any]], list[Any] | None]:
        """The messages that are rendered in place of those of this shape, and the tools on offer."""
        return build_stand_ins(shape), None

    def _render_stand_ins(
        self, shape: Shape, stand_ins: list[dict[str, Any]], tools: list[Any] | None, *, prompt: bool
    ) -> str:
        return self._render_jinja(stand_ins, prompt, tools=tools)[0]

    def _find_spans_uncached(self, shape: Shape) -> tuple[tuple[tuple[int, int], ...], bool]:
        """Where each turn of the assistant is in the text up to it, and whether it is the same in the whole text."""
        whole = self._render_shape(shape, prompt=False)
        spans, keeps_earlier = [], True
        turns = [place for place, (role, *_) in enumerate(shape) if role == "assistant"]
        for number, place in enumerate(turns, start=1):
            prompt = self._render_turn_prompt(shape, place)
            until = self._render_shape(shape[: place + 1], prompt=False)
            if not until.startswith(prompt):
                raise UserError(
                    f"turn {number} of the assistant: the chat template asks for it with "
                    f"...{prompt[-32:]!r}, and writes what was said without that, so that training would "
                    f"not be what the model is asked; {self._suggest_arguments(shape[place])}, "
                    "or choose another template with base.templates"
                )
            end = self._find_turn_end(until, shape[place], place, len(prompt))
            if end is None:
                raise UserError(
                    f"turn {number} of the assistant: the chat template has no special token at its end, so "
                    "the model would never stop; choose another template with base.templates"
                )
            spans.append((len(prompt), end))
            keeps_earlier = keeps_earlier and whole[:end] == until[:end]
        return tuple(spans), keeps_earlier

    def _render_turn_prompt(self, shape: Shape, place: int) -> str:
        return self._render_shape(shape[:place], prompt=True)

    def _find_turn_end(self, until: str, entry: ShapeEntry, place: int, start: int) -> int | None:
        """Behind the special token that ends the last turn of a text, which begins at `start`; None if there is none.

        It is the first one behind what is said.
        """
        end = self._end_pattern.search(until, until.index(PLACEHOLDER.format(place)))
        return None if end is None else end.end()

    def _suggest_arguments(self, entry: ShapeEntry) -> str:
        """Which argument of the template may make a turn follow from its prompt."""
        return "base.template_arguments may change it (enable_thinking: false)"


def _make_context(message: Message) -> Message:
    """A message that is not trained on."""
    return {**message, "weight": 0} if message["role"] == "assistant" else message

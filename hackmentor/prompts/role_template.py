"""Thoughts and tools in a chat template that knows them, and a refusal in words by one that doesn't.

Nothing is known here of any family: in which form a template takes thoughts and calls, and whether it writes them at
all, is found by rendering. The names and arguments of calls, the definitions of tools and their results go through the
template as they are, because it may write them as JSON; in them only what would be a control token is replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.conversation_shape import PLACEHOLDER, Shape, ShapeEntry, get_shape_entry
from hackmentor.prompts.own_template import OwnTemplate, remove_marks
from hackmentor.prompts.role_forms import Mark, RoleForms, build_stand_in, find_forms, leave_unmarked
from hackmentor.records.message import Message, has_roles, remove_thoughts
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# What placeholders beyond the messages stand for: the thought of message i, and the text of the i-th control token.
_THOUGHT, _FORGED, _CHECKED = 1_000_000, 2_000_000, 3_000_000

_DROP_THOUGHTS = "train.thoughts=drop trains without thoughts, and =text writes them into the answer as text"
_DROP_TOOLS = (
    "choose a base whose template knows tools, another template with base.templates, or train.tool_calls=drop, which "
    "leaves such records out and counts them"
)


def choose_template(template: ChatTemplate, messages: Sequence[Message]) -> ChatTemplate:
    """The template for a conversation: itself, or where there are thoughts or tools the one that renders them."""
    if isinstance(template, RoleTemplate) or not has_roles(messages):
        return template
    found = vars(template).get("_with_roles")
    if found is None:
        found = RoleTemplate(template.tokenizer, remove_marks(template.source))
        vars(template)["_with_roles"] = found
    return found


def collect_stop_ids(template: ChatTemplate) -> Collection[int]:
    """The tokens that end a turn in what a template has encoded, be it an answer or a call of tools."""
    with_roles = vars(template).get("_with_roles")
    return template.stop_token_ids if with_roles is None else {*template.stop_token_ids, *with_roles.stop_token_ids}


class RoleTemplate(OwnTemplate):
    """A tokenizer with a template, for conversations with thoughts or tools.

    What is said by the assistant begins where the prompt for it ends, with its thought, and ends with the first special
    token behind its text, or behind the last of its calls.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, source: str, generation_stops: Collection[int] = ()) -> None:
        super().__init__(tokenizer, source, generation_stops)
        # Placeholders themselves may stand in a text too.
        self._forgeable = [*self._control.ids_by_content, "\ue000", "\ue001"]
        contents = sorted(self._forgeable, key=len, reverse=True)
        self._forged_pattern = re.compile("|".join(map(re.escape, contents)))
        self._places = {content: place for place, content in enumerate(self._forgeable)}

    @cached_property
    def stop_token_ids(self) -> list[int]:
        """The ids of the tokens that end an answer, and a call of tools where the template knows them."""
        call: Message = {"role": "assistant", "content": "", "tool_calls": [{"name": "f", "arguments": {}}]}
        try:
            encoded = self.encode([{"role": "user", "content": "."}, call])
        except UserError:
            return super().stop_token_ids
        last = max(place for place, trained in enumerate(encoded.trained) if trained)
        return sorted({*super().stop_token_ids, encoded.input_ids[last]})

    def get_prompt_messages(self, messages: Sequence[Message], place: int) -> Sequence[Message]:
        """All messages before a place; without earlier thoughts where the template takes them back afterwards."""
        shape = self._get_shape(messages)
        if self._render_turn_prompt(shape, place) == self._render_shape(shape[:place], prompt=True):
            return messages[:place]
        return remove_thoughts(messages[:place])

    def find_thought_end(self, messages: Sequence[Message], place: int, input_ids: Sequence[int], start: int) -> int:
        """Behind the token that ends the thought of a message, as an index of `input_ids`.

        Args:
            messages: the conversation.
            place: of the message.
            input_ids: the conversation, encoded.
            start: where the turn begins in them.

        Raises:
            UserError: if no control token ends the thought.
        """
        shape = self._get_shape(messages)
        until = self._render_shape(shape[: place + 1], prompt=False)
        thought = until.index(PLACEHOLDER.format(_THOUGHT + place))
        prompt = len(self._render_turn_prompt(shape, place))
        answer = until.find(PLACEHOLDER.format(place))
        if self._control.pattern.search(until, thought, answer if answer >= 0 else len(until)) is None:
            raise UserError(
                f"message {place + 1}: the chat template has no token that ends a thought, so it can't be told from "
                "the answer; use train.thoughts=train, or drop"
            )
        before = len(self._control.pattern.findall(until[prompt:thought]))
        ends = [index for index in range(start, len(input_ids)) if input_ids[index] in self._control_ids]
        return ends[before] + 1

    @cached_property
    def _forms(self) -> RoleForms:
        def render(messages: list[dict[str, Any]], tools: list[Any] | None) -> str | None:
            try:
                return self._render_stand_ins((), messages, tools, prompt=False)
            except UserError:
                return None

        return find_forms(render, knows_tags={"<think>", "</think>"} <= self._control.ids_by_content.keys())

    def _get_placeholder_text(self, messages: Sequence[Message], number: int) -> str:
        if number >= _FORGED:
            return self._forgeable[number - _FORGED]
        if number >= _THOUGHT:
            return messages[number - _THOUGHT].get("reasoning_content", "")
        return super()._get_placeholder_text(messages, number)

    def _get_shape(self, messages: Sequence[Message]) -> Shape:
        return tuple(_get_entry(message) for message in messages)

    def _build_stand_ins(
        self, shape: Shape, mark: Mark = leave_unmarked
    ) -> tuple[list[dict[str, Any]], list[Any] | None]:
        tools = json.loads(shape[0][4]).get("tools") if shape and shape[0][4] else None
        stand_ins = []
        for place, (role, before, after, has_text, more) in enumerate(shape):
            content = f"{before}{PLACEHOLDER.format(place)}{after}" if has_text else before
            fields = self._defuse(json.loads(more)) if more else {}
            thought = PLACEHOLDER.format(_THOUGHT + place) if "thought" in fields else ""
            stand_ins.append(build_stand_in(role, content, fields, thought, self._forms, mark))
        definitions = [_mark_definition(tool, mark) for tool in self._defuse(tools)] if tools else None
        return stand_ins, definitions

    def _defuse(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """The value with a placeholder for each text in it that would be a control token."""
        if isinstance(value, str):
            return self._forged_pattern.sub(lambda m: PLACEHOLDER.format(_FORGED + self._places[m.group()]), value)
        if isinstance(value, dict):
            return {self._defuse(key): self._defuse(item) for key, item in value.items()}
        return list(map(self._defuse, value)) if isinstance(value, list) else value

    def _find_spans_uncached(self, shape: Shape) -> tuple[tuple[tuple[int, int], ...], bool]:
        for number, place in enumerate((place for place, entry in enumerate(shape) if entry[0] == "assistant"), 1):
            if '"thought"' in shape[place][4]:
                until = self._render_shape(shape[: place + 1], prompt=False)
                if PLACEHOLDER.format(_THOUGHT + place) not in until or self._forms.thought is None:
                    raise UserError(
                        f"turn {number} of the assistant: it has a thought (reasoning_content, <think>), which the "
                        "chat template doesn't write; if it has a mode for thinking, switch that on "
                        f"(base.template_arguments.enable_thinking=true); {_DROP_THOUGHTS}"
                    )
        self._check_tools_are_written(shape)
        return super()._find_spans_uncached(shape)

    def _refuse_left_out(self, shape: Shape, place: int) -> NoReturn:
        if '"calls"' not in shape[place][4]:
            super()._refuse_left_out(shape, place)
        raise UserError(f"the chat template leaves out what message {place + 1} says beside its call; {_DROP_TOOLS}")

    def _check_tools_are_written(self, shape: Shape) -> None:
        """Raises UserError if the template leaves out a definition, a call or a result: it is rendered with marks."""
        marked: list[str] = []

        def mark(text: str, kind: str) -> str:
            marked.append(kind)
            return f"{PLACEHOLDER.format(_CHECKED + len(marked) - 1)}{text}"

        rendered = self._render_stand_ins(shape, *self._build_stand_ins(shape, mark), prompt=False)
        for number, kind in enumerate(marked):
            if PLACEHOLDER.format(_CHECKED + number) not in rendered:
                raise UserError(f"the chat template leaves out {kind}; {_DROP_TOOLS}")

    def _render_stand_ins(
        self, shape: Shape, stand_ins: list[dict[str, Any]], tools: list[Any] | None, *, prompt: bool
    ) -> str:
        try:
            return super()._render_stand_ins(shape, stand_ins, tools, prompt=prompt)
        except UserError as error:
            about_tools = any(role == "tool" or '"calls"' in more for role, *_, more in shape)
            raise UserError(f"{error}; {_DROP_TOOLS if about_tools else _DROP_THOUGHTS}") from error

    def _render_turn_prompt(self, shape: Shape, place: int) -> str:
        prompt = self._render_shape(shape[:place], prompt=True)
        until = self._render_shape(shape[: place + 1], prompt=False)
        if until.startswith(prompt):
            return prompt
        # The template takes the thought before a call back once the answer is there: so it is in the prompt as well.
        without = self._render_shape(tuple(map(_remove_thought, shape[:place])), prompt=True)
        return without if until.startswith(without) else prompt

    def _find_turn_end(self, until: str, entry: ShapeEntry, place: int, start: int) -> int | None:
        if '"calls"' not in entry[4]:
            return super()._find_turn_end(until, entry, place, start)
        return max((found.end() for found in self._end_pattern.finditer(until, start)), default=None)

    def _suggest_arguments(self, entry: ShapeEntry) -> str:
        wanted = str('"thought"' in entry[4]).lower()
        more = f"; {_DROP_THOUGHTS}" if '"thought"' in entry[4] else ""
        return f"base.template_arguments may change it (enable_thinking: {wanted}){more}"


def _get_entry(message: Message) -> ShapeEntry:
    """The shape of a message, with its thought's presence, its calls or its result in the last field, as JSON."""
    role, before, after, has_text, _ = get_shape_entry(message)
    more: dict[str, Any] = {}
    if thought := message.get("reasoning_content", "").strip():
        more["thought"] = bool(thought)
    if calls := message.get("tool_calls"):
        more["calls"] = calls
        if not message["content"].strip():
            before, after, has_text = "", "", False
    if role == "tool":
        more["result"] = message["content"]
        more |= {key: message[key] for key in ("name", "tool_call_id") if key in message}
        before, after, has_text = "", "", False
    if tools := message.get("tools"):
        more["tools"] = tools
    return role, before, after, has_text, json.dumps(more, ensure_ascii=False) if more else ""


def _remove_thought(entry: ShapeEntry) -> ShapeEntry:
    more = json.loads(entry[4]) if entry[4] else {}
    more.pop("thought", None)
    return *entry[:4], json.dumps(more, ensure_ascii=False) if more else ""


def _mark_definition(tool: dict[str, Any], mark: Mark) -> dict[str, Any]:
    function = tool.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        return tool
    return {**tool, "function": {**function, "name": mark(function["name"], "the definition of a tool")}}

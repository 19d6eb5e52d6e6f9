"""One message of a conversation, and the order in which messages follow each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

ROLES = ("system", "user", "assistant", "tool")

# A thought at the beginning of an answer, as reasoning models write it and distilled data sets keep it.
_THOUGHT = re.compile(r"\A\s*<think>(.*?)</think>\s*", re.DOTALL)


class ToolCall(TypedDict):
    """One call of a tool by the assistant; `id` is what its result names, where the data have one."""

    name: str
    arguments: dict[str, Any]
    id: NotRequired[str]


class Message(TypedDict):
    """One message of a conversation: `role` is system, user, assistant or tool (the result of a call).

    `weight` is 0 for an answer that is context and is not trained on; without it an answer is trained on.
    `reasoning_content` is what the assistant thought before `content`; with `thought_weight` 0 it is context. A turn
    with `tool_calls` may have no content. `tools`, in the first message only, are the tools on offer in the whole
    conversation, each as OpenAI's API has them: `{"type": "function", "function": {"name", ...}}`.
    """

    role: str
    content: str
    weight: NotRequired[int]
    reasoning_content: NotRequired[str]
    thought_weight: NotRequired[int]
    tool_calls: NotRequired[list[ToolCall]]
    tool_call_id: NotRequired[str]
    name: NotRequired[str]
    tools: NotRequired[list[Mapping[str, Any]]]


def split_thought(answer: str) -> tuple[str, str]:
    """The thought that an answer begins with, between `<think>` and `</think>` (empty for none), and the rest."""
    found = _THOUGHT.match(answer)
    return (found[1].strip(), answer[found.end() :]) if found else ("", answer)


def has_roles(messages: Sequence[Message]) -> bool:
    """Whether there are thoughts or tools in a conversation, which not every chat template knows."""
    keys = ("reasoning_content", "tool_calls", "tools")
    return any(message["role"] == "tool" or any(message.get(key) for key in keys) for message in messages)


def remove_thoughts(messages: Sequence[Message]) -> list[Message]:
    """The messages without what the assistant thought."""
    kept = [message.copy() for message in messages]
    for message in kept:
        message.pop("reasoning_content", None)
    return kept


def find_dialogue_fault(messages: Sequence[Message], *, allow_system_only: bool = False) -> str:
    """Why messages are no conversation: who speaks after whom, and who says nothing; empty if they are one.

    User and assistant take turns. Each call of tools is followed by results, unless the conversation ends with it, and
    these by the assistant again.
    """
    spoken = messages[1:] if messages and messages[0]["role"] == "system" else messages
    if not spoken:
        return "" if allow_system_only else "no messages"
    before: Message | None = None
    for number, message in enumerate(spoken, start=1):
        expected = _list_roles_after(before)
        if message["role"] not in expected:
            return f"message {number} is by {message['role']!r}, expected {' or '.join(map(repr, expected))}"
        # A tool may have nothing to say, and a call says it all.
        if message["role"] != "tool" and not message["content"].strip() and not message.get("tool_calls"):
            return f"message {number} is empty"
        before = message
    if before is not None and before["role"] == "assistant":
        return ""
    return f"it ends on a {'user turn' if before and before['role'] == 'user' else 'tool result'}"


def _list_roles_after(message: Message | None) -> tuple[str, ...]:
    if message is None:
        return ("user",)
    if message["role"] == "tool":
        return ("assistant", "tool")
    if message["role"] == "user":
        return ("assistant",)
    return ("tool",) if message.get("tool_calls") else ("user",)


def parse_messages(value: object) -> tuple[Message, ...]:
    """The messages of one line in our own format. Raises ValueError, TypeError or KeyError with the reason."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise TypeError("field 'messages' must be a list of objects")
    messages = tuple(map(_parse_message, value))
    unknown = sorted({message["role"] for message in messages} - set(ROLES))
    if unknown:
        raise ValueError(f"unknown role {unknown[0]!r}; roles are {', '.join(ROLES)}")
    return messages


def parse_tools(value: object) -> tuple[Mapping[str, Any], ...]:
    """The tools of one line in our own format. Raises TypeError if they are no list of objects."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise TypeError("field 'tools' must be a list of objects")
    return tuple(value)


def get_text_field(fields: Mapping[str, object], field: str) -> str:
    """A field that is text. Raises KeyError or TypeError."""
    value = fields[field]
    if not isinstance(value, str):
        raise TypeError(f"field {field!r} must be text, not {type(value).__name__}")
    return value


def _parse_message(item: Mapping[str, object]) -> Message:
    message = Message(role=get_text_field(item, "role"), content=get_text_field(item, "content"))
    weight = item.get("weight", 1)
    if weight not in (0, 1):
        raise ValueError(f"field 'weight' must be 0 or 1, not {weight!r}")
    if weight == 0 and message["role"] == "assistant":
        message["weight"] = 0
    if message["role"] == "assistant":
        if "reasoning_content" in item:
            message["reasoning_content"] = get_text_field(item, "reasoning_content")
        if "tool_calls" in item:
            message["tool_calls"] = _parse_tool_calls(item["tool_calls"])
    if message["role"] == "tool":
        if "name" in item:
            message["name"] = get_text_field(item, "name")
        if "tool_call_id" in item:
            message["tool_call_id"] = get_text_field(item, "tool_call_id")
    return message


def _parse_tool_calls(value: object) -> list[ToolCall]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise TypeError("field 'tool_calls' must be a list of objects")
    calls = []
    for item in value:
        if not isinstance(item.get("arguments"), dict):
            raise TypeError("field 'arguments' of a tool call must be an object")
        call = ToolCall(name=get_text_field(item, "name"), arguments=item["arguments"])
        if "id" in item:
            call["id"] = get_text_field(item, "id")
        calls.append(call)
    return calls


def order_fields(message: Message) -> Message:
    """The fields that are kept, in a fixed order; all but role and content only where they say something."""
    ordered = Message(role=message["role"], content=message["content"])
    if message.get("weight") == 0:
        ordered["weight"] = 0
    if thought := message.get("reasoning_content"):
        ordered["reasoning_content"] = thought
    if calls := message.get("tool_calls"):
        ordered["tool_calls"] = calls
    if identifier := message.get("tool_call_id"):
        ordered["tool_call_id"] = identifier
    if name := message.get("name"):
        ordered["name"] = name
    return ordered


def list_hashed_parts(message: Message) -> list[object]:
    """What counts in the hash of a conversation: role, content, a weight of 0, and the other fields by name."""
    ordered = order_fields(message)
    plain = {"role", "content", "weight"}
    named = {key: value for key, value in ordered.items() if key not in plain}
    return [value for key, value in ordered.items() if key in plain] + ([named] if named else [])

"""Thoughts and tools in the conversations of other projects: their keys, roles and forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hackmentor.records.message import ToolCall
from hackmentor.records.read.repair import RejectedError

TOOL_DEFINITION_KEYS = ("tools", "functions", "available_tools")
THOUGHT_KEYS = ("reasoning_content", "reasoning", "thinking")
CALL_KEYS = ("tool_calls", "function_call")
RESULT_KEYS = ("tool_call_id", "name")
# ShareGPT's word for a turn whose text is the call as JSON.
CALL_ROLES = frozenset({"function_call", "tool_call"})


def parse_tool_definitions(value: object) -> tuple[Mapping[str, Any], ...]:
    """The tools on offer, in the form of OpenAI's API, from a list or its JSON. Raises RejectedError."""
    decoded = _decode(value, "the tools on offer")
    items = decoded if isinstance(decoded, (list, tuple)) else [decoded]
    return tuple(map(_parse_definition, items))


def _parse_definition(item: object) -> Mapping[str, Any]:
    if isinstance(item, str):
        item = _decode(item, "a tool on offer")
    if not isinstance(item, Mapping):
        raise RejectedError("a tool on offer is no object")
    function = item.get("function", item)
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise RejectedError("a tool on offer has no name")
    return item if "function" in item else {"type": "function", "function": dict(item)}


def parse_tool_calls(message: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """The calls of a message, from `tool_calls` or the older `function_call`. Raises RejectedError."""
    value = _decode(message.get("tool_calls") or message.get("function_call") or [], "a tool call")
    return tuple(map(parse_tool_call, value if isinstance(value, (list, tuple)) else [value]))


def parse_tool_call(value: object) -> ToolCall:
    """One call: `{"name", "arguments"}`, alone or below `function`; arguments may be JSON. Raises RejectedError."""
    item = _decode(value, "a tool call")
    if not isinstance(item, Mapping):
        raise RejectedError("a tool call is no object")
    function = item.get("function", item)
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(name, str) or not name:
        raise RejectedError("a tool call has no name")
    stated = function.get("arguments", function.get("parameters"))
    arguments = _decode({} if stated in (None, "") else stated, "the arguments of a tool call")
    if not isinstance(arguments, Mapping):
        raise RejectedError("the arguments of a tool call are no object")
    call = ToolCall(name=name, arguments=dict(arguments))
    if isinstance(identifier := item.get("id"), str) and identifier:
        call["id"] = identifier
    return call


def find_thought(message: Mapping[str, Any]) -> str:
    """The thought that a message has in a field of its own; empty for none."""
    found = (message[key] for key in THOUGHT_KEYS if isinstance(message.get(key), str))
    return next((text.strip() for text in found if text.strip()), "")


def _decode(value: object, what: str) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise RejectedError(f"{what} can't be read as JSON") from error

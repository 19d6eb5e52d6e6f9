"""In which form a chat template takes thoughts and calls of tools, found by rendering a few messages with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Render = Callable[[list[dict[str, Any]], list[Any] | None], str | None]
"""Renders messages with tools on offer; None where the template refuses them."""

Mark = Callable[[str, str], str]
"""Marks a text, of a kind: the definition of a tool, a call, a result."""

# Texts that no template writes.
_QUESTION, _THOUGHT, _ANSWER, _NAME, _VALUE = (f"\ue000{number}\ue001" for number in range(9_000_000, 9_000_005))


def leave_unmarked(text: str, kind: str) -> str:  # noqa: ARG001 - a Mark
    """The text as it is."""
    return text


@dataclass(frozen=True)
class RoleForms:
    """How thoughts and calls are given to a template.

    `thought`: in a field of its own, inline between `<think>` and `</think>` before the answer, or not at all.
    `arguments_as_text`: as JSON and not as an object. `silent`: the content of a turn that is nothing but calls.
    """

    thought: Literal["field", "inline"] | None
    arguments_as_text: bool = False
    silent: str | None = ""


def find_forms(render: Render, *, knows_tags: bool) -> RoleForms:
    """The forms that a template writes; `knows_tags`: whether `<think>` and `</think>` are tokens of its own."""
    thought: Literal["field", "inline"] | None = None
    if _writes_thought(render, RoleForms("field")):
        thought = "field"
    elif knows_tags and _writes_thought(render, RoleForms("inline")):
        thought = "inline"
    forms = [RoleForms(thought, as_text, silent) for as_text in (False, True) for silent in ("", None)]
    return next((form for form in forms if _writes_call(render, form)), RoleForms(thought))


def build_stand_in(
    role: str,
    content: str,
    fields: dict[str, Any],
    thought: str,
    forms: RoleForms,
    mark: Mark = leave_unmarked,
) -> dict[str, Any]:
    """A message as a template takes it.

    Args:
        role: whose it is.
        content: its text, or what stands for it.
        fields: `calls`, or `result`, `name` and `tool_call_id`.
        thought: what stands for its thought; empty for none.
        forms: those of the template.
        mark: marks the name of a tool that is called and the text of a result.
    """
    message: dict[str, Any] = {"role": role, "content": content}
    if "result" in fields:
        message["content"] = mark(fields["result"], "the result of a tool")
        message |= {key: fields[key] for key in ("name", "tool_call_id") if key in fields}
    if thought and forms.thought == "inline":
        message["content"] = f"<think>\n{thought}\n</think>\n\n{content}"
    elif thought:
        message["reasoning_content"] = thought
    if calls := fields.get("calls"):
        if not message["content"]:
            message["content"] = forms.silent
        message["tool_calls"] = [_build_call(call, forms, mark) for call in calls]
    return message


def _build_call(call: dict[str, Any], forms: RoleForms, mark: Mark) -> dict[str, Any]:
    arguments = call["arguments"]
    function = {
        "name": mark(call["name"], f"a call of the tool {call['name']!r}"),
        "arguments": json.dumps(arguments, ensure_ascii=False) if forms.arguments_as_text else arguments,
    }
    return {**({"id": call["id"]} if "id" in call else {}), "type": "function", "function": function}


def _writes_thought(render: Render, forms: RoleForms) -> bool:
    answer = build_stand_in("assistant", _ANSWER, {}, _THOUGHT, forms)
    rendered = render([{"role": "user", "content": _QUESTION}, answer], None) or ""
    between = rendered.partition(_QUESTION)[2].partition(_ANSWER)[0]
    if _THOUGHT not in between:
        return False
    # With thinking switched off a template may write an empty thought, and the given one behind it as text.
    return forms.thought == "field" or between.count("<think>") == 1


def _writes_call(render: Render, forms: RoleForms) -> bool:
    call = build_stand_in("assistant", "", {"calls": [{"name": _NAME, "arguments": {"a": _VALUE}}]}, "", forms)
    rendered = render([{"role": "user", "content": _QUESTION}, call], None) or ""
    return _NAME in rendered and _VALUE in rendered

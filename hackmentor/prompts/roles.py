"""What becomes of the thoughts and the tools in a record: trained on, kept as context, or left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from hackmentor.records.message import Message, has_roles, split_thought
from hackmentor.records.record import Record

ThoughtPolicy = Literal["train", "context", "drop", "text"]
ToolPolicy = Literal["train", "context", "drop"]


@dataclass(frozen=True)
class RolePolicy:
    """What is trained on beside answers; see `train.thoughts` and `train.tool_calls`."""

    thoughts: ThoughtPolicy = "train"
    tool_calls: ToolPolicy = "train"


@dataclass(frozen=True)
class PreparedRecord:
    """A record as it is encoded, or why it is left out; `without_thoughts`: it had some, which are left out."""

    record: Record | None
    left_out: str = ""
    without_thoughts: bool = False


def prepare_record(record: Record, policy: RolePolicy) -> PreparedRecord:
    """Applies the policy to a record. One without thoughts and tools comes back as it is."""
    original = record.to_weighted_conversation()
    messages = [_separate_thought(message) for message in original]
    if not has_roles(messages):
        return PreparedRecord(record)
    if policy.tool_calls == "drop" and any(_is_about_tools(message) for message in messages):
        return PreparedRecord(None, "it has tools (train.tool_calls=drop)")
    had_thoughts = any(message.get("reasoning_content") for message in messages)
    messages = [_apply_policy(message, policy) for message in messages]
    while messages and messages[-1].get("weight") == 0:
        messages.pop()
        while messages and messages[-1]["role"] != "assistant":
            messages.pop()
    if not messages:
        return PreparedRecord(None, "it has nothing but calls of tools (train.tool_calls=context)")
    prepared = replace(record, shape="turn", instruction="", input="", output="", messages=tuple(messages))
    return PreparedRecord(prepared, without_thoughts=had_thoughts and policy.thoughts == "drop")


def _is_about_tools(message: Message) -> bool:
    return message["role"] == "tool" or bool(message.get("tool_calls") or message.get("tools"))


def _separate_thought(message: Message) -> Message:
    """An answer that begins with `<think>`, with the thought in its own field."""
    thought, answer = split_thought(message["content"])
    if message["role"] != "assistant" or message.get("reasoning_content") or not thought:
        return message
    if not answer.strip() and not message.get("tool_calls"):
        return message
    separated = message.copy()
    separated["content"], separated["reasoning_content"] = answer, thought
    return separated


def _apply_policy(message: Message, policy: RolePolicy) -> Message:
    if message["role"] != "assistant":
        return message
    changed = message.copy()
    if message.get("tool_calls") and policy.tool_calls == "context":
        changed["weight"] = 0
    thought = message.get("reasoning_content")
    if thought and policy.thoughts == "context":
        changed["thought_weight"] = 0
    if thought and policy.thoughts in ("drop", "text"):
        del changed["reasoning_content"]
    if thought and policy.thoughts == "text":
        changed["content"] = f"<think>\n{thought}\n</think>\n\n{message['content']}"
    return changed

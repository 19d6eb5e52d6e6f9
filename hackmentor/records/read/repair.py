"""The rules by which a conversation from elsewhere is repaired, or rejected.

Repaired, and counted: an empty message goes; messages of one role in a row are joined by a blank line; what the
assistant says before the first question goes; a question at the end that nobody answers goes; so does an answer at the
end that is not trained on, which would be context for nothing.
So does a tool's result at the end that nobody takes up.
Rejected, and counted: an unknown role; a system message after the first place; a tool's result without a call, or a
call without one; nothing left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hackmentor.records.message import Message, ToolCall

ROLE_BY_ALIAS = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
}
TOOL_ROLES = frozenset({"tool", "function", "ipython", "observation", "tool_response"})
EMPTY_DROPPED = "empty message dropped"
ROLES_JOINED = "messages of one role joined"
LEADING_ANSWER_DROPPED = "answer before the first question dropped"
TRAILING_QUESTION_DROPPED = "unanswered last question dropped"
TRAILING_RESULT_DROPPED = "tool result that nobody takes up dropped"
UNTRAINED_ANSWER_DROPPED = "last answer of weight 0 dropped"


class Turn(NamedTuple):
    """One turn of a conversation from elsewhere; `is_trained` is false for an answer that is context only.

    The assistant may have a `thought` and `calls` of tools; a tool's result may name the call and the tool.
    """

    role: str
    text: str
    is_trained: bool = True
    thought: str = ""
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    tool: str = ""


class RejectedError(ValueError):
    """The conversation cannot be used; the message is the reason."""


@dataclass(frozen=True, slots=True)
class RepairedConversation:
    """A sound conversation and the repairs that made it so."""

    messages: tuple[Message, ...]
    repairs: tuple[str, ...]


def repair_turns(turns: Sequence[Turn]) -> RepairedConversation:
    """A conversation from turns. Raises RejectedError with the reason where no rule helps."""
    repairs: list[str] = []
    kept = _join_turns(turns, repairs)
    system = [kept.pop(0)] if kept and kept[0].role == "system" else []
    if kept and kept[0].role == "assistant":
        kept.pop(0)
        repairs.append(LEADING_ANSWER_DROPPED)
    while kept and kept[-1].role == "tool":
        kept.pop()
        repairs.append(TRAILING_RESULT_DROPPED)
    if kept and kept[-1].role == "user":
        kept.pop()
        repairs.append(TRAILING_QUESTION_DROPPED)
    if not kept:
        raise RejectedError("no question with an answer")
    while kept and not kept[-1].is_trained:
        kept.pop()
        while kept and kept[-1].role != "assistant":
            kept.pop()
        repairs.append(UNTRAINED_ANSWER_DROPPED)
    if not kept:
        raise RejectedError("every answer has weight 0")
    messages = tuple(map(_make_message, (*system, *kept)))
    return RepairedConversation(messages, tuple(dict.fromkeys(repairs)))


def _join_turns(turns: Sequence[Turn], repairs: list[str]) -> list[Turn]:
    kept: list[Turn] = []
    for index, turn in enumerate(turns):
        role = _get_role(turn)
        if role == "system" and index > 0:
            raise RejectedError("system message after the first place")
        is_trained = turn.is_trained or role != "assistant"
        said = turn._replace(role=role, text=turn.text if role == "tool" else turn.text.strip(), is_trained=is_trained)
        before = kept[-1] if kept else None
        is_after_call = before is not None and (before.role == "tool" or bool(before.calls))
        if role == "tool" and not is_after_call:
            raise RejectedError("a tool's result without a call")
        if not said.text and not said.calls and role != "tool":
            repairs.append(EMPTY_DROPPED)
        elif before is None or role == "tool" or before.role != role:
            if before is not None and before.calls and role != "tool":
                raise RejectedError("a tool call without its result")
            kept.append(said)
        else:
            kept[-1] = _join_turn(before, said)
            repairs.append(ROLES_JOINED)
    return kept


def _get_role(turn: Turn) -> str:
    name = turn.role.strip().lower()
    role = "tool" if name in TOOL_ROLES else ROLE_BY_ALIAS.get(name)
    if role is None:
        raise RejectedError(f"unknown role {turn.role!r}")
    return role


def _join_turn(before: Turn, turn: Turn) -> Turn:
    """Two turns of one role as one: texts joined by a blank line, and the calls of both."""
    if before.is_trained != turn.is_trained:
        raise RejectedError("answers of weight 0 and 1 in a row")
    if before.calls and turn.text:
        raise RejectedError("a tool call without its result")
    if turn.thought and (before.text or before.calls):
        raise RejectedError("a thought in the middle of an answer")
    text = "\n\n".join(part for part in (before.text, turn.text) if part)
    return before._replace(text=text, calls=before.calls + turn.calls)


def _make_message(turn: Turn) -> Message:
    message = Message(role=turn.role, content=turn.text)
    if not turn.is_trained:
        message["weight"] = 0
    if turn.thought and turn.role == "assistant":
        message["reasoning_content"] = turn.thought
    if turn.calls:
        message["tool_calls"] = list(turn.calls)
    if turn.call_id:
        message["tool_call_id"] = turn.call_id
    if turn.tool:
        message["name"] = turn.tool
    return message

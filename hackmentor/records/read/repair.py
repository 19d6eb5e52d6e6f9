"""The rules by which a conversation from elsewhere is repaired, or rejected.

Repaired, and counted: an empty message goes; messages of one role in a row are joined by a blank line; what the
assistant says before the first question goes; a question at the end that nobody answers goes.
Rejected, and counted: an unknown role; a system message after the first place; nothing left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hackmentor.records.record import Message

ROLE_BY_ALIAS = {
    "system": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
}
EMPTY_DROPPED = "empty message dropped"
ROLES_JOINED = "messages of one role joined"
LEADING_ANSWER_DROPPED = "answer before the first question dropped"
TRAILING_QUESTION_DROPPED = "unanswered last question dropped"


class RejectedError(ValueError):
    """The conversation cannot be used; the message is the reason."""


@dataclass(frozen=True, slots=True)
class RepairedConversation:
    """A sound conversation and the repairs that made it so."""

    messages: tuple[Message, ...]
    repairs: tuple[str, ...]


def repair_turns(turns: Sequence[tuple[str, str]]) -> RepairedConversation:
    """A conversation from (role, text) pairs. Raises RejectedError with the reason where no rule helps."""
    repairs: list[str] = []
    kept_turns: list[tuple[str, str]] = []
    for index, (name, text) in enumerate(turns):
        role = ROLE_BY_ALIAS.get(name.strip().lower())
        if role is None:
            raise RejectedError(f"unknown role {name!r}")
        if role == "system" and index > 0:
            raise RejectedError("system message after the first place")
        if not text.strip():
            repairs.append(EMPTY_DROPPED)
        elif kept_turns and kept_turns[-1][0] == role:
            kept_turns[-1] = (role, f"{kept_turns[-1][1]}\n\n{text.strip()}")
            repairs.append(ROLES_JOINED)
        else:
            kept_turns.append((role, text.strip()))
    system = [kept_turns.pop(0)] if kept_turns and kept_turns[0][0] == "system" else []
    if kept_turns and kept_turns[0][0] == "assistant":
        kept_turns.pop(0)
        repairs.append(LEADING_ANSWER_DROPPED)
    if kept_turns and kept_turns[-1][0] == "user":
        kept_turns.pop()
        repairs.append(TRAILING_QUESTION_DROPPED)
    if not kept_turns:
        raise RejectedError("no question with an answer")
    messages = tuple(Message(role=role, content=text) for role, text in [*system, *kept_turns])
    return RepairedConversation(messages, tuple(dict.fromkeys(repairs)))

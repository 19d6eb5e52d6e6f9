"""The rules by which a conversation from elsewhere is repaired, or rejected.

Repaired, and counted: an empty message goes; messages of one role in a row are joined by a blank line; what the
assistant says before the first question goes; a question at the end that nobody answers goes.
Rejected, and counted: an unknown role; a system message after the first place; nothing left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hackmentor.records.record import Message

ROLES = {
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
EMPTY = "empty message dropped"
JOINED = "messages of one role joined"
LEADING = "answer before the first question dropped"
TRAILING = "unanswered last question dropped"


class RejectedError(ValueError):
    """The conversation cannot be used; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """A sound conversation and the repairs that made it so."""

    messages: tuple[Message, ...]
    repairs: tuple[str, ...]


def repair(turns: Sequence[tuple[str, str]]) -> Repaired:
    """A conversation from (role, text) pairs. Raises RejectedError with the reason where no rule helps."""
    repairs: list[str] = []
    spoken: list[tuple[str, str]] = []
    for place, (name, text) in enumerate(turns):
        role = ROLES.get(name.strip().lower())
        if role is None:
            raise RejectedError(f"unknown role {name!r}")
        if role == "system" and place > 0:
            raise RejectedError("system message after the first place")
        if not text.strip():
            repairs.append(EMPTY)
        elif spoken and spoken[-1][0] == role:
            spoken[-1] = (role, f"{spoken[-1][1]}\n\n{text.strip()}")
            repairs.append(JOINED)
        else:
            spoken.append((role, text.strip()))
    system = [spoken.pop(0)] if spoken and spoken[0][0] == "system" else []
    if spoken and spoken[0][0] == "assistant":
        spoken.pop(0)
        repairs.append(LEADING)
    if spoken and spoken[-1][0] == "user":
        spoken.pop()
        repairs.append(TRAILING)
    if not spoken:
        raise RejectedError("no question with an answer")
    messages = tuple(Message(role=role, content=text) for role, text in [*system, *spoken])
    return Repaired(messages, tuple(dict.fromkeys(repairs)))

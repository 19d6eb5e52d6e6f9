"""The rules by which a conversation from elsewhere is repaired, or rejected.

Repaired, and counted: an empty message goes; messages of one role in a row are joined by a blank line; what the
assistant says before the first question goes; a question at the end that nobody answers goes; so does an answer at the
end that is not trained on, which would be context for nothing.
Rejected, and counted: an unknown role; a system message after the first place; nothing left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hackmentor.records.record import Message

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
EMPTY_DROPPED = "empty message dropped"
ROLES_JOINED = "messages of one role joined"
LEADING_ANSWER_DROPPED = "answer before the first question dropped"
TRAILING_QUESTION_DROPPED = "unanswered last question dropped"
UNTRAINED_ANSWER_DROPPED = "last answer of weight 0 dropped"


class Turn(NamedTuple):
    """One turn of a conversation from elsewhere; `is_trained` is false for an answer that is context only."""

    role: str
    text: str
    is_trained: bool = True


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
    if kept and kept[-1].role == "user":
        kept.pop()
        repairs.append(TRAILING_QUESTION_DROPPED)
    if not kept:
        raise RejectedError("no question with an answer")
    while kept and not kept[-1].is_trained:
        kept = kept[:-2]
        repairs.append(UNTRAINED_ANSWER_DROPPED)
    if not kept:
        raise RejectedError("every answer has weight 0")
    messages = tuple(map(_make_message, (*system, *kept)))
    return RepairedConversation(messages, tuple(dict.fromkeys(repairs)))


def _join_turns(turns: Sequence[Turn], repairs: list[str]) -> list[Turn]:
    kept: list[Turn] = []
    for index, turn in enumerate(turns):
        role, text = ROLE_BY_ALIAS.get(turn.role.strip().lower()), turn.text.strip()
        if role is None:
            raise RejectedError(f"unknown role {turn.role!r}")
        if role == "system" and index > 0:
            raise RejectedError("system message after the first place")
        is_trained = turn.is_trained or role != "assistant"
        if not text:
            repairs.append(EMPTY_DROPPED)
        elif kept and kept[-1].role == role:
            if kept[-1].is_trained != is_trained:
                raise RejectedError("answers of weight 0 and 1 in a row")
            kept[-1] = Turn(role, f"{kept[-1].text}\n\n{text}", is_trained)
            repairs.append(ROLES_JOINED)
        else:
            kept.append(Turn(role, text, is_trained))
    return kept


def _make_message(turn: Turn) -> Message:
    message = Message(role=turn.role, content=turn.text)
    if not turn.is_trained:
        message["weight"] = 0
    return message

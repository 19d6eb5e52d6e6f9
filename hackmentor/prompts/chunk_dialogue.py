"""Dialogues that are too long, in parts. Between two exchanges, never inside one."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.record import Message

Messages = list[Message]


def exchanges(messages: Sequence[Message]) -> list[Messages]:
    """A conversation cut before each question; each exchange has the system message of the whole before it, if any."""
    begins = [place for place, message in enumerate(messages) if message["role"] == "user"]
    head = messages[: begins[0]]
    return [[*head, *messages[start:end]] for start, end in itertools.pairwise([*begins, len(messages)])]


def split_dialogue(messages: Sequence[Message], template: ChatTemplate, cutoff: int) -> tuple[list[Messages], int]:
    """The conversation in as few parts as go, each of whole exchanges and of at most `cutoff` tokens.

    Each part has the system message, and begins with a question. What was said in the parts before it is lost to it: an
    answer that leans on that is learnt without what it leans on.

    Returns:
        The parts, possibly none, and how many exchanges are in none of them, being over the cutoff by themselves.
    """
    rest, parts, over = exchanges(messages), list[Messages](), 0
    head = len(rest[0]) - sum(message["role"] != "system" for message in rest[0])

    def joined(count: int) -> Messages:
        return [*rest[0], *itertools.chain.from_iterable(exchange[head:] for exchange in rest[1:count])]

    while rest:
        counts = range(1, len(rest) + 1)
        together = bisect_right(counts, cutoff, key=lambda count: len(template.encode(joined(count)).input_ids))
        if together:
            parts.append(joined(together))
        over += together == 0
        rest = rest[max(together, 1) :]
    return parts, over

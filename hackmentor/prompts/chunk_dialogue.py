"""Cuts dialogues that are over the cutoff into chunks: between two exchanges, never inside one."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.record import Message

Messages = list[Message]


def split_into_exchanges(messages: Sequence[Message]) -> list[Messages]:
    """A conversation cut before each user message; each exchange has the system message, if any, before it.

    So it is with the tools on offer: calls and their results stay in the exchange that they belong to.
    """
    starts = [place for place, message in enumerate(messages) if message["role"] == "user"]
    system = messages[: starts[0]]
    exchanges = [[*system, *messages[start:end]] for start, end in itertools.pairwise([*starts, len(messages)])]
    if tools := messages[0].get("tools"):
        for exchange in exchanges:
            exchange[0] = {**exchange[0], "tools": tools}
    return exchanges


def chunk_dialogue(messages: Sequence[Message], template: ChatTemplate, cutoff: int) -> tuple[list[Messages], int]:
    """The conversation in as few chunks as possible, each of whole exchanges and of at most `cutoff` tokens.

    Each chunk has the system message, and begins with a question. It does not contain the chunks before it: an answer
    that refers to them is learnt without what it refers to.

    Returns:
        The chunks, possibly none, and how many exchanges are in none of them because they alone are over the cutoff.
    """
    rest, chunks, left_out = split_into_exchanges(messages), list[Messages](), 0
    system_length = len(rest[0]) - sum(message["role"] != "system" for message in rest[0])

    def join_first(count: int) -> Messages:
        following = (exchange[system_length:] for exchange in rest[1:count])
        return [*rest[0], *itertools.chain.from_iterable(following)]

    while rest:
        counts = range(1, len(rest) + 1)
        fitting = bisect_right(counts, cutoff, key=lambda count: len(template.encode(join_first(count)).input_ids))
        if fitting:
            chunks.append(join_first(fitting))
        left_out += fitting == 0
        rest = rest[max(fitting, 1) :]
    return chunks, left_out

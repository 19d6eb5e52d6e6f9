"""Contestants behind an endpoint: the same questions, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from hackmentor.endpoint.client import EMPTY
from hackmentor.endpoint.completion import Ask
from hackmentor.endpoint.reply_journal import opened_journal
from hackmentor.endpoint.send_requests import ask_all
from hackmentor.endpoint.settings import Endpoint
from hackmentor.evaluate.contestants import Guest
from hackmentor.evaluate.question import Question
from hackmentor.runtime.terminal import progress_bars

REPLIES = "replies.jsonl"


def ask_guest(guest: Guest, questions: Sequence[Question]) -> list[str]:
    """Has a guest answer what is not in its book yet, and returns the ids of questions that came to nothing.

    Raises:
        UserError: if the endpoint is of no use; the answers so far are kept.
    """
    endpoint, book = Endpoint(**guest.endpoint.model_dump(exclude={"name", "temperature"})), guest.book
    open_ones = [(question, _ask(guest, question)) for question in questions if book.get(question) is None]
    failed = []
    with (
        opened_journal(guest.folder / REPLIES) as journal,
        progress_bars() as progress,
    ):
        bar = progress.add_task(f"{guest.name}: answers", total=len(open_ones))
        ask_all(endpoint, lambda: [ask for _, ask in open_ones], journal, lambda: progress.advance(bar))
        for question, ask in open_ones:
            reply = journal.get(ask.id, ask.fingerprint(endpoint.model))
            # Silence is an answer, as it is of a cell: who says nothing loses the battle and refuses nothing.
            if reply is None or reply.fault not in ("", EMPTY):
                failed.append(ask.id)
                continue
            book.add(
                question, reply.text, prompt_tokens=reply.prompt_tokens, tokens=reply.completion_tokens,
                stop="length" if reply.completion_tokens >= question.most_tokens else "end",
            )  # fmt: skip
    return failed


def _ask(guest: Guest, question: Question) -> Ask:
    name = f"{question.set}/{question.id}"
    return Ask(name, question.messages, question.most_tokens, guest.endpoint.temperature, seed=0)

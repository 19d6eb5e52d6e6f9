"""Guests, contestants behind an endpoint, answer the same questions over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from hackmentor.endpoint.client import EMPTY_ANSWER
from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.endpoint.reply_journal import opened_reply_journal
from hackmentor.endpoint.send_requests import send_requests
from hackmentor.endpoint.settings import Endpoint
from hackmentor.evaluate.contestants import Guest
from hackmentor.evaluate.question import Question
from hackmentor.runtime.terminal import create_progress_bars

REPLIES_FILE = "replies.jsonl"


def ask_guest(guest: Guest, questions: Sequence[Question]) -> list[str]:
    """Asks a guest the questions that are not in its answer log yet; returns the ids of those left without an answer.

    Raises:
        UserError: if the endpoint can't be used; the answers so far are kept.
    """
    endpoint, answer_log = Endpoint(**guest.endpoint.model_dump(exclude={"name", "temperature"})), guest.answer_log
    unanswered = [
        (question, _build_request(guest, question)) for question in questions if answer_log.get(question) is None
    ]
    failed = []
    with (
        opened_reply_journal(guest.folder / REPLIES_FILE) as journal,
        create_progress_bars() as progress,
    ):
        bar = progress.add_task(f"{guest.name}: answers", total=len(unanswered))
        send_requests(endpoint, lambda: [request for _, request in unanswered], journal, lambda: progress.advance(bar))
        for question, request in unanswered:
            reply = journal.get(request.id, request.fingerprint(endpoint.model))
            # An empty answer is an answer, as it is for a cell: it loses its battles and counts as no refusal.
            if reply is None or reply.fault not in ("", EMPTY_ANSWER):
                failed.append(request.id)
                continue
            answer_log.add(
                question, reply.text, prompt_tokens=reply.prompt_tokens, tokens=reply.completion_tokens,
                stop="length" if reply.completion_tokens >= question.max_tokens else "end",
            )  # fmt: skip
    return failed


def _build_request(guest: Guest, question: Question) -> CompletionRequest:
    request_id = f"{question.set}/{question.id}"
    return CompletionRequest(request_id, question.messages, question.max_tokens, guest.endpoint.temperature, seed=0)

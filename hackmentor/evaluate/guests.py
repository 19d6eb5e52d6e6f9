"""Guests, contestants behind an endpoint, answer the same questions over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hackmentor.endpoint.completion import CompletionReply, CompletionRequest
from hackmentor.endpoint.parse_reply import EMPTY_ANSWER
from hackmentor.endpoint.reply_journal import opened_reply_journal
from hackmentor.endpoint.send_requests import send_requests
from hackmentor.endpoint.settings import Endpoint
from hackmentor.evaluate.answer_log import AnswerLog
from hackmentor.evaluate.contestants import Guest
from hackmentor.evaluate.question import Question
from hackmentor.runtime.errors import EXIT_FAILED, StoppedError
from hackmentor.runtime.progress_bars import create_progress_bars

REPLIES_FILE = "replies.jsonl"


def ask_guest(guest: Guest, questions: Sequence[Question], *, retry: bool = False) -> dict[str, list[str]]:
    """Asks a guest the questions that are not in its answer log yet.

    Args:
        guest: which one.
        questions: all of them.
        retry: ask again what failed in an earlier run.

    Returns:
        The ids of the questions left without an answer, by reason.

    Raises:
        UserError: if the endpoint can't be used; the answers so far are kept.
        StoppedError: if it refuses all requests alike, or has answered none of the questions.
    """
    endpoint, answer_log = build_guest_endpoint(guest), guest.answer_log
    unanswered = [
        (question, _build_request(guest, question)) for question in questions if answer_log.get(question) is None
    ]
    failed: dict[str, list[str]] = {}
    with (
        opened_reply_journal(guest.folder / REPLIES_FILE) as journal,
        create_progress_bars() as progress,
    ):
        if retry:
            journal.drop_failed_replies()
        bar = progress.add_task(f"{guest.name}: answers", total=len(unanswered))
        send_requests(endpoint, lambda: [request for _, request in unanswered], journal, lambda: progress.advance(bar))
        for question, request in unanswered:
            reply = journal.find(request, endpoint)
            # An empty answer is an answer, as it is for a cell: it loses its battles and counts as no refusal.
            if reply is None or reply.fault not in ("", EMPTY_ANSWER):
                reason = reply.fault.partition(":")[0] if reply else "no reply"
                failed.setdefault(reason, []).append(request.id)
                continue
            _add_answer(answer_log, question, reply)
    if failed and sum(map(len, failed.values())) == len(questions):
        raise StoppedError(
            f"{guest.name} answered none of {len(questions)} questions: {describe_unanswered(failed)}. Its replies are "
            f"in {guest.folder / REPLIES_FILE}; evaluate.retry=failed asks again",
            EXIT_FAILED,
        )
    return failed


def build_guest_endpoint(guest: Guest) -> Endpoint:
    """The endpoint of a guest."""
    connection = guest.endpoint.model_dump(exclude={"name", "temperature"})
    limits = "evaluate.max_new_tokens or evaluate.safety.max_new_tokens"
    # Its answers stand under its own name: those of another server are another contestant's.
    return Endpoint(**connection, key="evaluate.endpoints", max_tokens_key=limits, address_decides=True)


def describe_unanswered(failed: Mapping[str, Sequence[str]]) -> str:
    """How many questions have no answer, by reason: `3 stopped by the server's content filter, 1 no reply`."""
    return ", ".join(f"{len(ids)} {reason}" for reason, ids in failed.items())


def _add_answer(answer_log: AnswerLog, question: Question, reply: CompletionReply) -> None:
    cut = reply.finish == "length" if reply.finish else reply.completion_tokens >= question.max_tokens
    answer_log.add(
        question,
        reply.text,
        thoughts=reply.thoughts,
        prompt_tokens=reply.prompt_tokens,
        tokens=reply.completion_tokens,
        stop="length" if cut else "end",
    )


def _build_request(guest: Guest, question: Question) -> CompletionRequest:
    request_id = f"{question.set}/{question.id}"
    temperature = question.temperature or guest.endpoint.temperature
    return CompletionRequest(request_id, question.messages, question.max_tokens, temperature, seed=question.sample)

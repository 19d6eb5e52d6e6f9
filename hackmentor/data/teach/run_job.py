"""Runs a job: asks, writes what came of it, and keeps account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from hackmentor.data.teach.prompt import prompt_version
from hackmentor.data.teach.teaching_job import Job
from hackmentor.endpoint.completion import Ask, Reply
from hackmentor.endpoint.reply_journal import Journal, opened_journal
from hackmentor.endpoint.send_requests import ask_all
from hackmentor.endpoint.settings import Endpoint
from hackmentor.records.record import write_lines
from hackmentor.runtime.files import write_json
from hackmentor.runtime.terminal import progress_bars

REPLIES, CARD = "replies.jsonl", "card.json"


@dataclass(frozen=True)
class Account:
    """What a job asked and got. `faults` has the ids of questions that came to nothing, by reason."""

    job: str
    model: str
    base_url: str
    prompts: dict[str, str]
    questions: int
    requests: int
    repaired: int
    faults: dict[str, list[str]]
    results: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """US dollars; None where the endpoint's prices are not known."""
    sha256: str
    """Of the result file."""


def run_job(job: Job, endpoint: Endpoint, folder: Path, *, retry: bool) -> Account:
    """Asks what is not answered yet, then writes the results and card.json into `folder`, and returns the account.

    Each reply is in replies.jsonl before the next question is sent, so a job that was killed goes on where it was.
    With `retry`, questions that came to nothing are asked again. Raises UserError where the endpoint is of no use.
    """
    with opened_journal(folder / REPLIES) as journal, progress_bars() as progress:
        if retry:
            journal.forget_faults()

        def reply_to(ask: Ask) -> Reply | None:
            return journal.get(ask.id, ask.fingerprint(endpoint.model))

        answered = sum(reply_to(ask) is not None for ask in job.asks(reply_to))
        bar = progress.add_task(f"{job.name}: {endpoint.model}", total=job.total, completed=answered)
        ask_all(endpoint, lambda: job.asks(reply_to), journal, lambda: progress.advance(bar))
        lines = list(job.lines(reply_to))
        digest = write_lines(folder / job.file, lines)
        account = _account(job, endpoint, _replies(job, journal, endpoint), len(lines), digest)
    write_json(folder / CARD, asdict(account))
    return account


def _replies(job: Job, journal: Journal, endpoint: Endpoint) -> list[Reply]:
    def reply_to(ask: Ask) -> Reply | None:
        return journal.get(ask.id, ask.fingerprint(endpoint.model))

    return [reply for ask in job.asks(reply_to) if (reply := reply_to(ask)) is not None]


def _account(job: Job, endpoint: Endpoint, replies: Iterable[Reply], results: int, digest: str) -> Account:
    replies = list(replies)
    faults: dict[str, list[str]] = {}
    for reply in replies:
        if reply.fault:
            faults.setdefault(reply.fault.partition(":")[0], []).append(reply.id)
    asked, said = sum(r.prompt_tokens for r in replies), sum(r.completion_tokens for r in replies)
    return Account(
        job=job.name,
        model=endpoint.model,
        base_url=endpoint.base_url,
        prompts={name: prompt_version(name) for name in job.prompts},
        questions=len(replies),
        requests=sum(reply.requests for reply in replies),
        repaired=sum(reply.repaired for reply in replies),
        faults=faults,
        results=results,
        prompt_tokens=asked,
        completion_tokens=said,
        cost=endpoint.cost(asked, said),
        sha256=digest,
    )

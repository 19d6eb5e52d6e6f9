"""Runs a teaching job: sends its requests, then writes the results and a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from hackmentor.data.teach.prompt import hash_prompt
from hackmentor.data.teach.teaching_job import TeachingJob
from hackmentor.endpoint.completion import CompletionReply, CompletionRequest
from hackmentor.endpoint.reply_journal import ReplyJournal, opened_reply_journal
from hackmentor.endpoint.send_requests import send_requests
from hackmentor.endpoint.settings import Endpoint
from hackmentor.records.record import write_lines
from hackmentor.runtime.files import write_json
from hackmentor.runtime.progress_bars import create_progress_bars

REPLIES_FILE, REPORT_FILE = "replies.jsonl", "card.json"


@dataclass(frozen=True)
class JobReport:
    """What a job sent and received. `faults` has the ids of failed requests, by reason. The fields are card.json's."""

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


def run_job(job: TeachingJob, endpoint: Endpoint, folder: Path, *, retry: bool) -> JobReport:
    """Sends the unanswered requests, then writes the results and card.json into `folder`, and returns the report.

    Each reply is in replies.jsonl before the next request is sent, so a job that was killed continues where it stopped.
    With `retry`, failed requests are sent again. Raises UserError if the endpoint cannot be used.
    """
    with opened_reply_journal(folder / REPLIES_FILE) as journal, create_progress_bars() as progress:
        if retry:
            journal.drop_failed_replies()

        def get_reply(request: CompletionRequest) -> CompletionReply | None:
            return journal.find(request, endpoint)

        answered = sum(get_reply(request) is not None for request in job.iter_requests(get_reply))
        bar = progress.add_task(f"{job.name}: {endpoint.model}", total=job.max_requests, completed=answered)
        send_requests(endpoint, lambda: job.iter_requests(get_reply), journal, lambda: progress.advance(bar))
        lines = list(job.iter_result_lines(get_reply))
        digest = write_lines(folder / job.result_file, lines)
        report = _build_report(job, endpoint, _collect_replies(job, journal, endpoint), len(lines), digest)
    write_json(folder / REPORT_FILE, asdict(report))
    return report


def _collect_replies(job: TeachingJob, journal: ReplyJournal, endpoint: Endpoint) -> list[CompletionReply]:
    def get_reply(request: CompletionRequest) -> CompletionReply | None:
        return journal.find(request, endpoint)

    return [reply for request in job.iter_requests(get_reply) if (reply := get_reply(request)) is not None]


def _build_report(
    job: TeachingJob, endpoint: Endpoint, replies: Iterable[CompletionReply], results: int, digest: str
) -> JobReport:
    replies = list(replies)
    faults: dict[str, list[str]] = {}
    for reply in replies:
        if reply.fault:
            faults.setdefault(reply.fault.partition(":")[0], []).append(reply.id)
    prompt_tokens, completion_tokens = sum(r.prompt_tokens for r in replies), sum(r.completion_tokens for r in replies)
    return JobReport(
        job=job.name,
        model=endpoint.model,
        base_url=endpoint.base_url,
        prompts={name: hash_prompt(name) for name in job.prompt_names},
        questions=len(replies),
        requests=sum(reply.requests for reply in replies),
        repaired=sum(reply.repaired for reply in replies),
        faults=faults,
        results=results,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=endpoint.compute_cost(prompt_tokens, completion_tokens),
        sha256=digest,
    )

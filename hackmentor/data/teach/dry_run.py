"""A dry run: what would be asked, how much it would be, how long it would take. Nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hackmentor.data.teach.teaching_job import Job
from hackmentor.endpoint.completion import Ask
from hackmentor.endpoint.settings import Endpoint

SHOWN = 2


@dataclass(frozen=True)
class Rehearsal:
    """What a job would ask. Tokens are estimates, for answers upper bounds; `minutes` follow from the rate limits."""

    first: Sequence[Ask]
    questions: int
    refused: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    minutes: float | None


def rehearse(job: Job, endpoint: Endpoint) -> Rehearsal:
    """The job as far as it is known without a reply: questions that rest on replies count as the first ones do."""
    asks = list(job.asks(lambda _: None))
    mean = sum(ask.prompt_tokens for ask in asks) / max(len(asks), 1)
    prompt_tokens = round(mean * job.total)
    completion_tokens = max((ask.max_tokens for ask in asks), default=0) * job.total
    return Rehearsal(
        first=asks[:SHOWN],
        questions=job.total,
        refused=sum(bool(endpoint.misfit(ask)) for ask in asks),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=endpoint.cost(prompt_tokens, completion_tokens),
        minutes=_minutes(endpoint, job.total, prompt_tokens + completion_tokens),
    )


def _minutes(endpoint: Endpoint, questions: int, tokens: int) -> float | None:
    limits = [(questions, endpoint.requests_per_minute), (tokens, endpoint.tokens_per_minute)]
    return max((amount / rate for amount, rate in limits if rate), default=None)

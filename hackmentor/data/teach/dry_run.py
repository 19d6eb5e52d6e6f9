"""A dry run: estimates the requests, tokens, cost and time of a job. Nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hackmentor.data.teach.teaching_job import TeachingJob
from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.endpoint.settings import Endpoint

REQUESTS_SHOWN = 2


@dataclass(frozen=True)
class DryRunEstimate:
    """What a job would send. Prompt tokens are estimates, completion tokens upper bounds; `minutes` a lower bound."""

    first_requests: Sequence[CompletionRequest]
    questions: int
    refused: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    minutes: float | None


def estimate_job(job: TeachingJob, endpoint: Endpoint) -> DryRunEstimate:
    """An estimate without any reply: requests that depend on replies count as much as the first ones."""
    requests = list(job.iter_requests(lambda _: None))
    mean = sum(request.estimated_prompt_tokens for request in requests) / max(len(requests), 1)
    prompt_tokens = round(mean * job.max_requests)
    completion_tokens = max((request.max_tokens for request in requests), default=0) * job.max_requests
    return DryRunEstimate(
        first_requests=requests[:REQUESTS_SHOWN],
        questions=job.max_requests,
        refused=sum(bool(endpoint.explain_over_limit(request)) for request in requests),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=endpoint.compute_cost(prompt_tokens, completion_tokens),
        minutes=_estimate_minutes(endpoint, job.max_requests, prompt_tokens + completion_tokens),
    )


def _estimate_minutes(endpoint: Endpoint, questions: int, tokens: int) -> float | None:
    limits = [(questions, endpoint.requests_per_minute), (tokens, endpoint.tokens_per_minute)]
    return max((amount / rate for amount, rate in limits if rate), default=None)

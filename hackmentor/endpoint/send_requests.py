"""Sends many requests concurrently and stores each reply as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from hackmentor.endpoint.client import EndpointClient
from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.endpoint.reply_journal import ReplyJournal
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import UserError

RequestSource = Callable[[], Iterable[CompletionRequest]]
"""Returns every request that can be sent so far; called again once all are answered, as replies may allow new ones."""


def send_requests(
    endpoint: Endpoint, get_requests: RequestSource, journal: ReplyJournal, on_reply: Callable[[], None]
) -> None:
    """Sends each request that has no reply yet, `endpoint.concurrency` at a time, until `get_requests` has no new ones.

    Calls `on_reply` after each reply.

    Raises:
        UserError: if the endpoint can't be used (see `EndpointClient.send`); the replies so far are kept.
    """
    try:
        asyncio.run(_send_in_waves(endpoint, get_requests, journal, on_reply))
    except ExceptionGroup as group:
        # A dead server fails several requests at once: the message of one is enough.
        user_errors, rest = group.split(UserError)
        if user_errors is None or rest is not None:
            raise
        raise user_errors.exceptions[0] from None


async def _send_in_waves(
    endpoint: Endpoint, get_requests: RequestSource, journal: ReplyJournal, on_reply: Callable[[], None]
) -> None:
    # One client for all waves: its rate limits count across them.
    async with EndpointClient(endpoint) as client:
        while requests := [
            request
            for request in get_requests()
            if journal.get(request.id, request.fingerprint(endpoint.model)) is None
        ]:
            pending = iter(requests)
            async with asyncio.TaskGroup() as group:
                for _ in range(min(endpoint.concurrency, len(requests))):
                    group.create_task(_send_pending(client, pending, journal, on_reply))


async def _send_pending(
    client: EndpointClient, pending: Iterator[CompletionRequest], journal: ReplyJournal, on_reply: Callable[[], None]
) -> None:
    for request in pending:
        journal.add(await client.send(request))
        on_reply()

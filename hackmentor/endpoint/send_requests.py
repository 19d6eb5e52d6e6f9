"""Sends many requests concurrently and stores each reply as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from hackmentor.endpoint.client import EndpointClient
from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.endpoint.refusals import RefusalWatch
from hackmentor.endpoint.reply_journal import ReplyJournal
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import StoppedError, UserError

RequestSource = Callable[[], Iterable[CompletionRequest]]
"""Returns every request that can be sent so far; called again once all are answered, as replies may allow new ones."""


def send_requests(
    endpoint: Endpoint, get_requests: RequestSource, journal: ReplyJournal, on_reply: Callable[[], None]
) -> None:
    """Sends each request that has no reply yet, `endpoint.concurrency` at a time, until `get_requests` has no new ones.

    Calls `on_reply` after each reply.

    Raises:
        UserError: if the endpoint can't be used (see `EndpointClient.send`); the replies so far are kept.
        RequestsRefusedError: if it refuses the first requests alike; these refusals are not kept.
    """
    try:
        asyncio.run(_send_in_waves(endpoint, get_requests, journal, on_reply))
    except ExceptionGroup as group:
        # A dead server fails several requests at once: the message of one is enough.
        explained, rest = group.split((UserError, StoppedError))
        if explained is None or rest is not None:
            raise
        raise explained.exceptions[0] from None


async def _send_in_waves(
    endpoint: Endpoint, get_requests: RequestSource, journal: ReplyJournal, on_reply: Callable[[], None]
) -> None:
    watch = RefusalWatch(endpoint, journal, on_reply)
    # One client for all waves: its rate limits count across them.
    async with EndpointClient(endpoint) as client:
        while requests := _start_wave(endpoint, get_requests, journal, watch):
            pending = iter(requests)
            async with asyncio.TaskGroup() as group:
                for _ in range(min(endpoint.concurrency, len(requests))):
                    group.create_task(_send_pending(client, pending, watch))
            watch.release()


def _start_wave(
    endpoint: Endpoint, get_requests: RequestSource, journal: ReplyJournal, watch: RefusalWatch
) -> list[CompletionRequest]:
    """The requests without a reply, of which the watch is told."""
    found = [(request, journal.find(request, endpoint)) for request in get_requests()]
    pending = [request for request, reply in found if reply is None]
    watch.start_wave(len(pending), accepted=any(reply is not None and not reply.fault for _, reply in found))
    return pending


async def _send_pending(client: EndpointClient, pending: Iterator[CompletionRequest], watch: RefusalWatch) -> None:
    for request in pending:
        watch.add(await client.send(request))

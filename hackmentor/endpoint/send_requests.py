"""Asks many questions side by side, keeping each reply as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from hackmentor.endpoint.client import Client
from hackmentor.endpoint.completion import Ask
from hackmentor.endpoint.reply_journal import Journal
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import UserError

Plan = Callable[[], Iterable[Ask]]
"""Every question that can be asked by now; called again when all of them are answered, as replies allow new ones."""


def ask_all(endpoint: Endpoint, plan: Plan, journal: Journal, advance: Callable[[], None]) -> None:
    """Asks what the journal has no reply to, `endpoint.concurrency` at a time, until the plan has nothing new.

    Calls `advance` after each reply. Raises UserError where asking on would be no use (see `Client.ask`); the replies
    so far are kept.
    """
    try:
        asyncio.run(_ask_waves(endpoint, plan, journal, advance))
    except ExceptionGroup as group:
        # Several questions meet a dead server at once: one sentence says it for all.
        told, rest = group.split(UserError)
        if told is None or rest is not None:
            raise
        raise told.exceptions[0] from None


async def _ask_waves(endpoint: Endpoint, plan: Plan, journal: Journal, advance: Callable[[], None]) -> None:
    # One client for all waves: its rate limits count across them.
    async with Client(endpoint) as client:
        while asks := [ask for ask in plan() if journal.get(ask.id, ask.fingerprint(endpoint.model)) is None]:
            waiting = iter(asks)
            async with asyncio.TaskGroup() as group:
                for _ in range(min(endpoint.concurrency, len(asks))):
                    group.create_task(_work(client, waiting, journal, advance))


async def _work(client: Client, waiting: Iterator[Ask], journal: Journal, advance: Callable[[], None]) -> None:
    for ask in waiting:
        journal.add(await client.ask(ask))
        advance()

"""The answers of both sides as lines of JSON, while they grow."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from hackmentor.chat.web.blind_comparison import BlindComparison, SideTextCallback
from hackmentor.chat.web.page_state import build_state, render_answer
from hackmentor.runtime.errors import UserError

# At most so often an answer is rendered and sent.
_SECONDS_BETWEEN_UPDATES = 0.05


async def stream_answers(comparison: BlindComparison, answer: Callable[[SideTextCallback], None]) -> AsyncIterator[str]:
    """Runs `answer` in a thread and iterates over lines: {side, text, html} while a side grows, last {error, state}.

    Args:
        comparison: is stopped when the page no longer listens.
        answer: makes both sides answer; `error` is the sentence of its UserError, or null.
    """
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    texts, sent = ["", ""], ["", ""]

    def on_text(side: int, chunk: str) -> None:
        texts[side] += chunk
        loop.call_soon_threadsafe(changed.set)

    answering = asyncio.create_task(asyncio.to_thread(_describe_failure, partial(answer, on_text)))
    answering.add_done_callback(lambda _: changed.set())
    try:
        while not answering.done():
            await changed.wait()
            changed.clear()
            for side, text in enumerate(texts):
                if text != sent[side]:
                    sent[side] = text
                    yield _format_line({"side": side, **render_answer(text)})
            await asyncio.sleep(_SECONDS_BETWEEN_UPDATES)
        yield _format_line({"error": answering.result(), "state": build_state(comparison)})
    finally:
        if not answering.done():  # the page was closed
            comparison.stop()


def _describe_failure(answer: Callable[[], None]) -> str | None:
    try:
        answer()
    except UserError as error:
        return str(error)
    except Exception as error:
        logging.getLogger(__name__).exception("an answer failed")
        return f"The answer failed: {(str(error).splitlines() or [type(error).__name__])[0]}"
    return None


def _format_line(fields: dict[str, Any]) -> str:
    return f"{json.dumps(fields)}\n"

"""An HTTP client whose replies are bounded: one try takes so many seconds, a body has so many bytes."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

from openai import DefaultAsyncHttpxClient

MAX_REPLY_BYTES = 16 * 2**20

# httpx, or its successor httpx2 in later versions of openai, which tries again after that library's own errors only.
_LIBRARY = import_module(
    next(kind for kind in DefaultAsyncHttpxClient.__mro__ if kind.__name__ == "AsyncClient").__module__.split(".")[0]
)


class BoundedHttpClient(DefaultAsyncHttpxClient):
    """OpenAI's HTTP client, which gives each try `seconds` from its start to the end of its body.

    By itself it limits the wait for the next bytes only, so a server that sends one now and then would never end. A
    body over `MAX_REPLY_BYTES`, decompressed, is cut there.
    """

    def __init__(self, *, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:  # noqa: ANN401 - of httpx or httpx2, as openai has it
        """Sends a request; reads its reply. Raises ReadTimeout when the time is over: OpenAI's client tries again."""
        try:
            async with asyncio.timeout(self._seconds):
                response = await super().send(request, stream=True, **options)
                body = await _read_body(response)
        except TimeoutError as error:
            raise _LIBRARY.ReadTimeout(f"no whole answer in {self._seconds:g} seconds", request=request) from error
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
        ]
        return type(response)(response.status_code, headers=headers, content=body, request=response.request)


async def _read_body(response: Any) -> bytes:  # noqa: ANN401 - of httpx or httpx2
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) >= MAX_REPLY_BYTES:
                break
    finally:
        await response.aclose()
    return bytes(body[:MAX_REPLY_BYTES])

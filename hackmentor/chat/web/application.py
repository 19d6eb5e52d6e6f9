"""The page as a Starlette application: its files, and what its script asks for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args

from jinja2 import Template
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from hackmentor.chat.web.blind_comparison import BlindComparison
from hackmentor.chat.web.conversation_store import ConversationStore
from hackmentor.chat.web.page_state import build_state
from hackmentor.chat.web.security import SecurityHeaders
from hackmentor.chat.web.serve import LOOPBACK
from hackmentor.chat.web.stream_answers import stream_answers
from hackmentor.evaluate.judge.pair import Winner
from hackmentor.runtime.errors import UserError

ASSETS = Path(__file__).with_name("assets")
MAX_REQUEST_BYTES = 256 * 1024
BODY_SECONDS = 30.0
_FILES = {**dict.fromkeys(("chat.js", "server.js", "theme.js"), "text/javascript"), "page.css": "text/css"}


def build_application(
    store: ConversationStore, save_battle: Callable[[dict[str, Any]], None], title: str, host: str
) -> Starlette:
    """Builds the ASGI application.

    Args:
        store: the conversations.
        save_battle: receives each battle.
        title: who answers, as the page says it.
        host: the address it is served at; on a loopback address it answers only to the names of this machine, since
            another site could resolve its own name to it (DNS rebinding).
    """
    handlers = _Handlers(store, save_battle)
    conversation = "/conversations/{key}"
    page = Template(_read_asset("page.jinja"), autoescape=True).render(title=title)
    routes = [
        _build_file_route("/", page, "text/html"),
        *(_build_file_route(f"/{name}", _read_asset(name), kind) for name, kind in _FILES.items()),
        Route("/conversations", handlers.start, methods=["POST"]),
        Route(conversation, handlers.show, methods=["GET"]),
        Route(f"{conversation}/send", handlers.send, methods=["POST"]),
        Route(f"{conversation}/retry", handlers.retry, methods=["POST"]),
        Route(f"{conversation}/stop", handlers.stop, methods=["POST"]),
        Route(f"{conversation}/vote", handlers.vote, methods=["POST"]),
    ]
    middleware = [Middleware(SecurityHeaders)]
    if host in LOOPBACK:
        middleware.append(Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]"]))
    app = Starlette(routes=routes, middleware=middleware, exception_handlers={HTTPException: _explain_refusal})
    app.router.redirect_slashes = False
    return app


class _Handlers:
    """The requests of the page's script."""

    def __init__(self, store: ConversationStore, save_battle: Callable[[dict[str, Any]], None]) -> None:
        self._store, self._save_battle = store, save_battle

    async def start(self, request: Request) -> Response:
        await _read_fields(request)
        key = self._store.start()
        return JSONResponse({"key": key, **build_state(self._find(key))})

    async def show(self, request: Request) -> Response:
        return JSONResponse(build_state(self._find(request.path_params["key"])))

    async def send(self, request: Request) -> Response:
        text = (await _read_fields(request)).get("text")
        comparison = self._find(request.path_params["key"])
        if not isinstance(text, str) or not text.strip():
            raise HTTPException(422, "The message is empty.")
        text = text.encode("utf-8", "replace").decode()  # JSON may hold half a surrogate pair
        return _stream(stream_answers(comparison, partial(comparison.send, text)))

    async def retry(self, request: Request) -> Response:
        await _read_fields(request)
        comparison = self._find(request.path_params["key"])
        return _stream(stream_answers(comparison, comparison.retry))

    async def stop(self, request: Request) -> Response:
        await _read_fields(request)
        self._find(request.path_params["key"]).stop()
        return JSONResponse({})

    async def vote(self, request: Request) -> Response:
        fields = await _read_fields(request)
        comparison = self._find(request.path_params["key"])
        win: Winner | None = next((known for known in get_args(Winner) if known == fields.get("win")), None)
        if win is None:
            raise HTTPException(422, f"A vote is one of {', '.join(get_args(Winner))}.")
        try:
            await run_in_threadpool(comparison.save_vote, win, self._save_battle)
        except UserError as error:
            raise HTTPException(409, str(error)) from error
        except OSError as error:
            raise HTTPException(507, f"The vote could not be saved: {error}.") from error
        return JSONResponse(build_state(comparison))

    def _find(self, key: str) -> BlindComparison:
        comparison = self._store.find(key)
        if comparison is None:
            raise HTTPException(404, "This conversation is not there any more: the server has been started anew.")
        return comparison


def _read_asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _build_file_route(path: str, content: str, media_type: str) -> Route:
    return Route(path, lambda _: Response(content, media_type=media_type), methods=["GET"])


async def _explain_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _read_fields(request: Request) -> dict[str, Any]:
    """Reads a JSON object; a page of another site can send none without asking first, which is never answered."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "The page sends application/json.")
    if not request.headers.get("content-length", "").isdecimal():
        raise HTTPException(411, "The request does not say how long it is.")
    if int(request.headers["content-length"]) > MAX_REQUEST_BYTES:
        raise HTTPException(413, f"The message is longer than {MAX_REQUEST_BYTES // 1024} KiB: send a shorter one.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            fields = json.loads(await request.body())
    except TimeoutError as error:
        raise HTTPException(408, f"The request did not end in {BODY_SECONDS:g} seconds.") from error
    except ClientDisconnect as error:  # nobody reads this, and nothing is to be printed for it
        raise HTTPException(400, "The request ended before it was whole.") from error
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The request is not JSON.") from error
    if not isinstance(fields, dict):
        raise HTTPException(400, "The request is not a JSON object.")
    return fields


def _stream(lines: AsyncIterator[str]) -> Response:
    return StreamingResponse(lines, media_type="application/x-ndjson")

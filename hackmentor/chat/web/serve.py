"""Serves the page: to this machine alone unless told otherwise, and the page asks nothing of any other."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from hackmentor.runtime.errors import UserError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Whatever gets onto the page, the browser loads nothing from elsewhere. Gradio's own script writes styles and code.
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'self'; object-src 'none'"
)


def refuse_without_gradio() -> None:
    """Raises UserError where the page can't be made, with the way out."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise UserError("ui=web needs Gradio: pip install 'hackmentor[web]'") from error


def refuse_busy_port(host: str, port: int) -> None:
    """Raises UserError where the address can't be served on."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((host, port))
    except OSError as error:
        raise UserError(f"web.host={host} web.port={port}: {error.strerror}; name others") from error


def serve(blocks: Any, style: str, host: str, port: int) -> None:  # noqa: ANN401 - Gradio may be missing
    """Serves a Gradio page until Ctrl-C."""
    import uvicorn

    uvicorn.run(application(blocks, style, host), host=host, port=port, log_level="warning")


def application(blocks: Any, style: str, host: str) -> Any:  # noqa: ANN401 - Gradio may be missing
    """The page as an ASGI application."""
    import gradio as gr
    from fastapi import FastAPI, Request, Response
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def _(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    if host in LOOPBACK:  # a page of elsewhere could give itself this machine's address (DNS rebinding)
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    return gr.mount_gradio_app(
        app, blocks, path="/", footer_links=[], show_error=False, ssr_mode=False, pwa=False, theme=theme, css=style
    )

"""Serves the chat page, by default to this machine only; the page loads nothing from other hosts."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from hackmentor.runtime.errors import UserError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# The browser loads nothing from other hosts, whatever is on the page. Gradio's own script needs inline styles and code.
CONTENT_SECURITY_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'self'; object-src 'none'"
)


def check_gradio_installed() -> None:
    """Switches Gradio's analytics off and raises UserError, saying how to install it, if it is missing."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise UserError("ui=web needs Gradio: pip install 'hackmentor[web]'") from error


def check_port_free(host: str, port: int) -> None:
    """Raises UserError if the address can't be bound."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise UserError(f"web.host={host} web.port={port}: {error.strerror}; choose another address or port") from error


def serve(blocks: Any, style: str, host: str, port: int) -> None:  # noqa: ANN401 - Gradio may be missing
    """Serves a Gradio page until Ctrl-C."""
    import uvicorn

    uvicorn.run(build_application(blocks, style, host), host=host, port=port, log_level="warning")


def build_application(blocks: Any, style: str, host: str) -> Any:  # noqa: ANN401 - Gradio may be missing
    """Builds the ASGI application of the page."""
    import gradio as gr
    from fastapi import FastAPI, Request, Response
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def _(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    if host in LOOPBACK:  # another site could resolve its name to this machine (DNS rebinding)
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    return gr.mount_gradio_app(
        app, blocks, path="/", footer_links=[], show_error=False, ssr_mode=False, pwa=False, theme=theme, css=style
    )

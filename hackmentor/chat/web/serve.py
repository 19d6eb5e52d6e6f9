"""Serves the chat page, by default to this machine only."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

    from hackmentor.chat.web.conversation_store import ConversationStore

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_server_installed() -> None:
    """Raises UserError, saying how to install them, if the server's libraries are missing."""
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise UserError("ui=web needs Starlette and uvicorn: pip install 'hackmentor[web]'") from error


def check_port_free(host: str, port: int) -> None:
    """Raises UserError if the address can't be bound."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise UserError(f"web.host={host} web.port={port}: {error.strerror}; choose another address or port") from error


def serve(app: ASGIApp, store: ConversationStore, host: str, port: int) -> None:
    """Serves the page until Ctrl-C, which also ends the answers that are being generated."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            store.stop_all()
            super().handle_exit(sig, frame)

    with suppress(KeyboardInterrupt):  # uvicorn raises it again once it has stopped
        Server(uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=5)).run()

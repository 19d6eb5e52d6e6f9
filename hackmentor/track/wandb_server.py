"""The W&B server: its address, the API key for it, and whether it answers, checked in seconds before any work."""

from __future__ import annotations

import base64
import json
import netrc
import os
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.parse import urlparse
from urllib.request import HTTPRedirectHandler, Request, build_opener

from hackmentor.runtime.errors import UserError

# Seconds until a server that does not answer counts as unreachable.
TIMEOUT_SECONDS = 5
# Why servers can't be used, by address.
_known_faults: dict[str, str] = {}
_FAULT_VARIABLE = "HACKMENTOR_WANDB_FAULT"
_VIEWER_QUERY = json.dumps({"query": "query Viewer { viewer { id } }"}).encode()


class _NoRedirects(HTTPRedirectHandler):
    """Another address is not asked: urllib would send it the key."""

    def redirect_request(self, *_: object) -> None:
        """None makes the redirect an HTTPError."""


_OPENER = build_opener(_NoRedirects)


def get_server_url() -> str:
    """The address of the server: WANDB_BASE_URL, what `wandb login --host` wrote, or W&B's own."""
    import wandb

    url = os.environ.get("WANDB_BASE_URL") or wandb.setup().settings.base_url
    return str(url).rstrip("/")


def get_api_key(required_by: str) -> str:
    """The API key for the server, from the environment or ~/.netrc. W&B itself would ask for it in the middle of a run.

    Raises:
        UserError: if there is none, naming what it is `required_by` and how to get one.
    """
    host = urlparse(get_server_url()).hostname or get_server_url()
    if key := os.environ.get("WANDB_API_KEY") or _read_netrc_key(host):
        return key
    raise UserError(
        f"{required_by} needs a key for {host}: run `wandb login`, or set WANDB_API_KEY "
        f"({get_server_url()}/authorize shows yours); tracker.mode=offline needs none"
    )


def diagnose_connection(api_key: str) -> str | None:
    """Why the server can't be used right now, or None if it can.

    Raises:
        UserError: if the server refuses the key.
    """
    credentials = base64.b64encode(f"api:{api_key}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {credentials}"}
    request = Request(f"{get_server_url()}/graphql", _VIEWER_QUERY, headers)
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as reply:
            return None if json.load(reply).get("data") is not None else "it answers, but not as W&B"
    except HTTPError as error:
        if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise UserError(
                f"{get_server_url()} refuses the key in WANDB_API_KEY or ~/.netrc; run `wandb login`"
            ) from error
        return f"it answers {error.code}"
    except (URLError, OSError, ValueError) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__


def remember_connection(fault: str | None) -> None:
    """Keeps why the server can't be used, for this process and those of its cells: none of them waits for it again."""
    _known_faults.clear()
    if fault is not None:
        _known_faults[get_server_url()] = fault


def get_fault_variables() -> dict[str, str]:
    """Environment variables that tell a cell's process on this machine what is remembered."""
    return {_FAULT_VARIABLE: json.dumps(_known_faults)} if _known_faults else {}


def find_known_fault() -> str | None:
    """Why the server can't be used, as this process or the one that started it found out; None if neither did."""
    inherited: dict[str, str] = json.loads(os.environ.get(_FAULT_VARIABLE, "{}"))
    return (_known_faults | inherited).get(get_server_url())


def _read_netrc_key(host: str) -> str | None:
    try:
        credentials = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return credentials[2] if credentials else None

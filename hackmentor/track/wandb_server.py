"""Whether there is a W&B server to talk to, found out in seconds and before anything else is done."""

from __future__ import annotations

import base64
import json
import netrc
import os
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.parse import urlparse
from urllib.request import Request, urlopen

from hackmentor.runtime.errors import UserError

# Seconds until a server that says nothing counts as unreachable.
PATIENCE = 5
_VIEWER = json.dumps({"query": "query Viewer { viewer { id } }"}).encode()


def server() -> str:
    """The address of the server: WANDB_BASE_URL, what `wandb login --host` wrote, or W&B's own."""
    import wandb

    named = os.environ.get("WANDB_BASE_URL") or wandb.setup().settings.base_url
    return str(named).rstrip("/")


def require_key(what: str) -> str:
    """The key for the server, from the environment or ~/.netrc. W&B itself would ask for it in the middle.

    Raises:
        UserError: if there is none, saying how to get one; `what` needs it.
    """
    host = urlparse(server()).hostname or server()
    if key := os.environ.get("WANDB_API_KEY") or _from_netrc(host):
        return key
    raise UserError(
        f"{what} needs a key for {host}: run `wandb login`, or set WANDB_API_KEY "
        f"({server()}/authorize shows yours); tracker.mode=offline needs none"
    )


def unreachable(key: str) -> str | None:
    """Why the server can't be used just now, or None if it can.

    Raises:
        UserError: if it refuses the key.
    """
    sign = base64.b64encode(f"api:{key}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {sign}"}
    try:
        with urlopen(Request(f"{server()}/graphql", _VIEWER, headers), timeout=PATIENCE) as answer:
            return None if json.load(answer).get("data") is not None else "it answers, but not as W&B"
    except HTTPError as error:
        if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise UserError(f"{server()} refuses the key in WANDB_API_KEY or ~/.netrc; run `wandb login`") from error
        return f"it answers {error.code}"
    except (URLError, OSError, ValueError) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__


def _from_netrc(host: str) -> str | None:
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return found[2] if found else None

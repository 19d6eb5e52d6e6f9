"""A push goes to the hub, here a small one on loopback, or is refused in a sentence with the export kept."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.export.conftest import CELL, Export

TOKEN = "hf_" + "x" * 34


class Hub(BaseHTTPRequestHandler):
    """The part of the hub API that a commit of small files needs. It records `received` files and `requests`."""

    received: dict[str, bytes]
    requests: list[tuple[str, str | None, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.requests.append((self.path, self.headers["Authorization"], body))
        host = f"http://{self.headers['Host']}"
        if self.path == "/api/repos/create":
            self._respond({"url": f"{host}/me/cell", "name": "me/cell", "id": "1"})
        elif "/preupload/" in self.path:
            files = [{**one, "uploadMode": "regular", "shouldIgnore": False} for one in json.loads(body)["files"]]
            self._respond({"files": files})
        elif "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.received[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            self._respond({"success": True, "commitOid": "0" * 40, "commitUrl": f"{host}/me/cell/commit/{'0' * 40}"})
        else:
            self._respond({})

    def do_GET(self) -> None:
        self._respond({"id": "me/cell", "sha": "0" * 40, "siblings": []})

    def _respond(self, content: Any) -> None:
        said = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        pass


@pytest.fixture
def hub() -> Iterator[tuple[str, type[Hub]]]:
    kind = type("OneHub", (Hub,), {"received": {}, "requests": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", kind
    server.shutdown()


def run_push(endpoint: str, home: Path, token: str | None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("HF_HUB_OFFLINE", "HF_TOKEN")}
    environment |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    environment |= {"HF_TOKEN": token} if token else {}
    command = [sys.executable, "-m", "hackmentor", "export", CELL, "format=adapter", "export.push=me/cell"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def test_every_file_arrives(cell: Path, export: Export, hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    assert export("format=adapter", "export.as_trained=false") == 0
    done = run_push(hub[0], tmp_path / "home", TOKEN)
    assert done.returncode == 0, done.stderr
    assert f"sent to {hub[0]}/me/cell" in done.stdout
    made = {file.name: file.read_bytes() for file in (cell / "export/adapter").iterdir()}
    assert hub[1].received == made
    assert json.loads(hub[1].requests[0][2])["visibility"] == "private"
    assert all(authorization == f"Bearer {TOKEN}" for _, authorization, _ in hub[1].requests)
    assert not [name for name, content in made.items() if TOKEN.encode() in content]


def test_without_a_token_nothing_is_begun(cell: Path, hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    done = run_push(hub[0], tmp_path / "home", token=None)
    assert done.returncode == 2
    assert "export.push needs a hub token: set HF_TOKEN" in done.stderr
    assert not (cell / "export").exists()
    assert not hub[1].requests


def test_a_hub_that_can_t_be_reached_leaves_the_export(cell: Path, export: Export, tmp_path: Path) -> None:
    assert export("format=adapter", "export.as_trained=false") == 0
    done = run_push("http://127.0.0.1:9", tmp_path / "home", TOKEN)
    assert done.returncode == 2, done.stderr
    assert "export.push=me/cell: could not be sent" in done.stderr
    assert "is complete; run the same command to send it again" in done.stderr
    assert TOKEN not in done.stderr
    assert (cell / "export/adapter/export.json").is_file()

"""`transformers serve` with the embedded base, on loopback: a fixture for tests of teacher and judge."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from hackmentor.cli import main
from tests.conftest import REPOSITORY

BASE = REPOSITORY / "models" / "pretrained" / "smollm2-135m"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert main(["fetch", "base=smollm2", "size=135m", f"paths.models={REPOSITORY / 'models'}"]) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [sys.executable, "-m", "transformers.cli.transformers", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with (tmp_path_factory.mktemp("serve") / "log").open("wb") as log:
        server = subprocess.Popen([*line, "--device", "cpu"], stdout=log, stderr=log, env=os.environ)
    try:
        _wait(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while True:
        assert server.poll() is None
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until
            time.sleep(0.3)

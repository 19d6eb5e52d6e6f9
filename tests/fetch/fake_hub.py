"""A hub on this machine that serves one repository from a folder: what huggingface_hub asks for, and no more."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "c0ffee" + "0" * 34


@contextmanager
def serve_repository(name: str, folder: Path) -> Iterator[str]:
    """Serves a folder as the repository `name`, whose branch main is `COMMIT`. Yields the address of the hub."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, *, body: bool) -> None:
            content, headers = self._find(self.path.partition("?")[0])
            self.send_response(404 if content is None else 200)
            for key, value in {"Content-Length": str(len(content or b"")), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if body and content:
                self.wfile.write(content)

        def _find(self, path: str) -> tuple[bytes | None, dict[str, str]]:
            files = sorted(file for file in folder.iterdir() if file.is_file())
            as_json = {"Content-Type": "application/json"}
            if path in (f"/api/models/{name}/revision/main", f"/api/models/{name}/revision/{COMMIT}"):
                info = {"id": name, "modelId": name, "sha": COMMIT, "siblings": [{"rfilename": f.name} for f in files]}
                return json.dumps(info).encode(), as_json
            if path == f"/api/models/{name}/tree/{COMMIT}":
                tree = [{"type": "file", "path": f.name, "size": f.stat().st_size, "oid": hash_file(f)} for f in files]
                return json.dumps(tree).encode(), as_json
            for file in files:
                if path == f"/{name}/resolve/{COMMIT}/{file.name}":
                    return file.read_bytes(), {"ETag": f'"{hash_file(file)}"', "X-Repo-Commit": COMMIT}
            return None, {"X-Error-Code": "RepoNotFound" if path.startswith("/api") else "EntryNotFound"}

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def hash_file(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()

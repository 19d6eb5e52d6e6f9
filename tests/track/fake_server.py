"""A W&B server on loopback that records what the real client sends: runs, histories, artifacts, lineage, bytes.

It answers the requests that wandb-core and the public API make, as far as this client version makes them here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

ENTITY = "team"
KEY = "local-" + "0123456789abcdef" * 3
_WHEN = "2026-01-01T00:00:00Z"


@dataclass
class Artifact:
    """One version: its bytes by storage path, as the client uploaded them, and the runs on both sides of it."""

    id: str
    collection: str
    kind: str
    digest: str
    version: int
    metadata: Any
    committed: bool = False
    manifest: dict[str, Any] = field(default_factory=dict)
    made_by: list[str] = field(default_factory=list)
    used_by: list[str] = field(default_factory=list)


@dataclass
class Run:
    name: str
    project: str
    config: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    exit_code: int | None = None


class FakeServer:
    """What has arrived. With `loses`, the artifact of that name is never committed; with `silent`, requests get no
    answer; with `refuses`, every key is a wrong one."""

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.blobs: dict[str, bytes] = {}
        self.operations: list[str] = []
        self.loses = ""
        self.refuses = False
        self.silent = threading.Event()
        self.url = ""
        self.lock = threading.RLock()

    def collection(self, name: str) -> list[Artifact]:
        return [one for one in self.artifacts.values() if one.collection == name]

    def edges(self) -> set[tuple[str, str]]:
        """The edges of the lineage: run to artifact and artifact to run, by their display names."""
        title = {name: run.attributes.get("displayName") or name for name, run in self.runs.items()}
        found = set()
        for one in self.artifacts.values():
            found |= {(title[run], one.collection) for run in one.made_by}
            found |= {(one.collection, title[run]) for run in one.used_by}
        return found

    def file(self, artifact: Artifact, path: str) -> bytes:
        """The bytes that arrived for one entry of a manifest."""
        return self.blobs[artifact.manifest["contents"][path]["digest"]]

    # What the client asks, by the name of the operation; each answer is the `data` of the response.

    def answer(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.operations.append(operation)
            return getattr(self, f"on_{operation.lower()}", lambda _: {})(given.get("input", given))

    def on_viewer(self, _: Any) -> dict[str, Any]:
        return {"viewer": {"id": "user", "entity": ENTITY, "username": "user", "email": "", "flags": "{}",
                           "teams": {"edges": [{"node": {"name": ENTITY}}]}}}  # fmt: skip

    def on_serverfeaturesquery(self, _: Any) -> dict[str, Any]:
        return {"serverInfo": {"features": []}}

    def on_upsertbucket(self, given: dict[str, Any]) -> dict[str, Any]:
        new = given["name"] not in self.runs
        run = self.runs.setdefault(given["name"], Run(given["name"], given["project"]))
        run.attributes |= {key: value for key, value in given.items() if value is not None}
        run.config |= json.loads(given["config"] or "{}")
        project = {"id": "project", "name": run.project, "entity": {"id": "entity", "name": ENTITY}}
        bucket = {
            "id": run.name, "name": run.name, "displayName": run.attributes.get("displayName"), "config": "{}",
            "project": project, "historyLineCount": len(run.history),
        }  # fmt: skip
        return {"upsertBucket": {"bucket": bucket, "inserted": new}}

    def on_runresumestatus(self, given: dict[str, Any]) -> dict[str, Any]:
        run = self.runs.get(given["name"])
        if run is None:
            return {"model": {"bucket": None}}
        bucket = {
            "id": run.name, "name": run.name, "summaryMetrics": json.dumps(run.summary), "displayName": None,
            "logLineCount": 0, "historyLineCount": len(run.history), "eventsLineCount": len(run.events),
            "historyTail": json.dumps([json.dumps(row) for row in run.history[-1:]]), "eventsTail": "[]",
            "config": json.dumps(run.config), "tags": [], "wandbConfig": "{}",
        }  # fmt: skip
        return {
            "model": {"id": "project", "name": run.project, "entity": {"id": "e", "name": ENTITY}, "bucket": bucket}
        }

    def on_createartifact(self, given: dict[str, Any]) -> dict[str, Any]:
        known = self.collection(given["artifactCollectionName"])
        same = [one for one in known if one.digest == given["digest"]]
        one = same[0] if same else Artifact(
            f"artifact-{len(self.artifacts)}", given["artifactCollectionName"], given["artifactTypeName"],
            given["digest"], len(known), json.loads(given["metadata"] or "{}"),
        )  # fmt: skip
        self.artifacts[one.id] = one
        if given["runName"] and given["runName"] not in one.made_by:
            one.made_by.append(given["runName"])
        latest = {"latestArtifact": {"id": known[-1].id} if known else None}
        state = "COMMITTED" if one.committed else "PENDING"
        return {"createArtifact": {"artifact": {"id": one.id, "state": state, "artifactSequence": latest}}}

    def on_createartifactmanifest(self, given: dict[str, Any]) -> dict[str, Any]:
        file = {
            "id": "file",
            "name": given["name"],
            "displayName": given["name"],
            **self._upload(f"manifest/{given['artifactID']}"),
        }
        return {"createArtifactManifest": {"artifactManifest": {"id": given["artifactID"], "file": file}}}

    def on_updateartifactmanifest(self, given: dict[str, Any]) -> dict[str, Any]:
        file = {
            "id": "file",
            "name": "m",
            "displayName": "m",
            **self._upload(f"manifest/{given['artifactManifestID']}"),
        }
        return {"updateArtifactManifest": {"artifactManifest": {"id": given["artifactManifestID"], "file": file}}}

    def on_createartifactfiles(self, given: dict[str, Any]) -> dict[str, Any]:
        edges = []
        for spec in given["artifactFiles"]:
            place = self._upload(f"blob/{base64.b64decode(spec['md5']).hex()}")
            node = {"id": "file", "name": spec["name"], "displayName": spec["name"], "storagePath": place["uploadUrl"],
                    "artifact": {"id": spec["artifactID"]}, "uploadMultipartUrls": None, **place}  # fmt: skip
            edges.append({"node": node})
        return {"createArtifactFiles": {"files": {"edges": edges}}}

    def on_commitartifact(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self.artifacts[given["artifactID"]]
        one.committed = one.collection != self.loses
        return {"commitArtifact": {"artifact": {"id": one.id, "digest": one.digest}}}

    def on_useartifact(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self.artifacts[given["artifactID"]]
        if given["runName"] not in one.used_by:
            one.used_by.append(given["runName"])
        return {"useArtifact": {"artifact": {"id": one.id}}}

    def on_createrunfiles(self, given: dict[str, Any]) -> dict[str, Any]:
        files = [
            {"name": name, "uploadUrl": self._upload(f"run/{given['run']}/{name}")["uploadUrl"]}
            for name in given["files"]
        ]
        return {"createRunFiles": {"runID": given["run"], "uploadHeaders": [], "files": files}}

    # What the public API asks, to see what has arrived.

    def on_getdefaultentity(self, _: Any) -> dict[str, Any]:
        return {"viewer": {"id": "user", "defaultEntity": {"name": ENTITY}, "entity": ENTITY}}

    def on_run(self, given: dict[str, Any]) -> dict[str, Any]:
        run = self.runs.get(given["name"])
        if run is None:
            return {"project": {"run": None}}
        shown = {
            "id": run.name, "name": run.name, "displayName": run.attributes.get("displayName"), "tags": [],
            "state": "finished", "config": json.dumps(run.config), "summaryMetrics": json.dumps(run.summary),
            "systemMetrics": "{}", "historyLineCount": len(run.history), "sweepName": None,
            "user": {"name": "user", "username": "user"},
            "projectId": "1", "historyKeys": None, "createdAt": _WHEN, "heartbeatAt": _WHEN,
        }  # fmt: skip
        return {"project": {"internalId": "1", "run": shown}}

    def on_runoutputartifacts(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._listed([one for one in self.artifacts.values() if given["run"] in one.made_by], given)

    def on_runinputartifacts(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._listed([one for one in self.artifacts.values() if given["run"] in one.used_by], given)

    def _listed(self, artifacts: list[Artifact], given: dict[str, Any]) -> dict[str, Any]:
        project = {"id": "p", "internalId": "1", "name": given["project"], "entity": {"name": ENTITY}}
        edges = [
            {"node": {
                "__typename": "Artifact", "id": base64.b64encode(one.id.encode()).decode(), "versionIndex": one.version,
                "artifactSequence": {"__typename": "ArtifactSequence", "name": one.collection, "project": project},
                "artifactType": {"name": one.kind}, "description": None, "metadata": json.dumps(one.metadata),
                "ttlDurationSeconds": -2, "ttlIsInherited": True, "tags": [], "historyStep": None,
                "state": "COMMITTED" if one.committed else "PENDING", "size": 0, "digest": one.digest,
                "digestAlgorithm": "MANIFEST_MD5", "commitHash": None, "fileCount": 1, "createdAt": _WHEN,
                "updatedAt": None, "aliases": [],
            }}
            for one in artifacts if one.committed
        ]  # fmt: skip
        page = {"__typename": "PageInfo", "endCursor": None, "hasNextPage": False}
        return {"project": {"run": {"artifacts": {"totalCount": len(edges), "pageInfo": page, "edges": edges}}}}

    def _manifest(self, artifact: str) -> dict[str, Any]:
        file = {"id": "file", "name": "m", "displayName": "m", **self._upload(f"manifest/{artifact}")}
        return {"artifactManifest": {"id": artifact, "file": file}}

    def _upload(self, place: str) -> dict[str, Any]:
        return {"uploadUrl": f"{self.url}/storage/{place}", "uploadHeaders": []}

    # What comes beside GraphQL.

    def stored(self, place: str, content: bytes) -> None:
        with self.lock:
            kind, _, rest = place.partition("/")
            if kind == "manifest":
                self.artifacts[rest].manifest = json.loads(content)
            elif kind == "run":
                run, _, name = rest.partition("/")
                self.runs[run].files[name] = content
            else:
                assert hashlib.md5(content).hexdigest() == rest, "other bytes than announced"
                self.blobs[base64.b64encode(bytes.fromhex(rest)).decode()] = content

    def streamed(self, name: str, sent: dict[str, Any]) -> None:
        with self.lock:
            run = self.runs[name]
            for file, chunk in (sent.get("files") or {}).items():
                if file == "wandb-history.jsonl":
                    del run.history[chunk["offset"] :]
                    run.history += [json.loads(line) for line in chunk["content"]]
                elif file == "wandb-events.jsonl":
                    run.events += chunk["content"]
                elif file == "wandb-summary.json":
                    run.summary = json.loads(chunk["content"][-1])
            if sent.get("complete"):
                run.exit_code = sent.get("exitcode")


@contextmanager
def fake_server_running() -> Iterator[FakeServer]:
    """A backend on a free port."""
    backend = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self._body()
            while backend.silent.is_set():
                time.sleep(0.1)
            if backend.refuses:
                return self.send_error(401)
            if self.path == "/graphql":
                asked = json.loads(body)
                name = asked.get("operationName") or re.search(r"(?:query|mutation)\s+(\w+)", asked["query"])[1]
                return self._reply({"data": backend.answer(name, asked.get("variables") or {})})
            if match := re.fullmatch(r"/files/[^/]*/?[^/]+/([^/]+)/file_stream", self.path):
                backend.streamed(match[1], json.loads(body))
            return self._reply({})

        def do_PUT(self) -> None:
            backend.stored(unquote(self.path.removeprefix("/storage/")), self._body())
            self._reply({})

        def do_GET(self) -> None:
            self._reply({})

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("content-length") or 0))

        def _reply(self, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that hangs up is no news
    backend.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield backend
    finally:
        backend.silent.clear()
        server.shutdown()
        server.server_close()

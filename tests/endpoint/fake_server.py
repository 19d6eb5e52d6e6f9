"""A real HTTP server that speaks the OpenAI protocol, fails on demand, and counts the requests."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = str
"""429, 500, 401, 404, 400, slow, hangup, no json, not the schema, empty; nothing: a good answer."""

ANSWERS: dict[str, Callable[[str], Any]] = {
    "Items": lambda mark: {
        "items": [
            {
                "instruction": f"Explain control {mark}{n}.",
                "input": "",
                "output": f"It is control {mark}{n}.",
            }
            for n in range(2)
        ]
    },
    "Turns": lambda mark: {
        "turns": [{"question": f"What is {mark}?", "answer": "It is a finding."}, {"question": "Why?", "answer": "So."}]
    },
    "Categories": lambda mark: {"categories": [f"field {mark[:4]}", f"field {mark[4:8]}"]},
}


class FakeServer:
    """Its address, the requests it got, and its faults: `faults` maps the index of a request to what goes wrong."""

    def __init__(self, faults: Callable[[int], Fault], seconds: float, verdict: Callable[[Any], Any]) -> None:
        self.faults, self.seconds, self.verdict = faults, seconds, verdict
        self.base_url = ""
        self.questions: list[str] = []
        """The hash of each request's messages, in the order of arrival."""
        self.answered: Counter[str] = Counter()
        """How often each was answered to the end."""
        self.lock = threading.Lock()
        self.trickle = False
        """Whether it sends one byte now and then, and never ends."""
        self.payloads: list[Any] = []
        """The body of each request, in the order of arrival."""
        self.respond: Callable[[Any], tuple[int, bytes] | None] = lambda payload: None
        """Status and body of the reply to a request, whatever they are; None: as `faults` says."""

    def record_request(self, messages: Any) -> tuple[int, str]:
        mark = hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).hexdigest()
        with self.lock:
            self.questions.append(mark)
            return len(self.questions) - 1, mark


def _build_handler(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            number, mark = server.record_request(body["messages"])
            fault = server.faults(number)
            time.sleep(server.seconds)
            server.payloads.append(body)
            if server.trickle:
                self._trickle()
                return
            if (reply := server.respond(body)) is not None:
                self._send_bytes(*reply)
                return
            if fault == "hangup":
                self.close_connection = True
                self.connection.shutdown(2)
            elif fault == "slow":
                time.sleep(1.5)
                self.close_connection = True
            elif fault.isdigit():
                self._send(int(fault), json.dumps({"error": {"message": f"told to say {fault}"}}))
            elif fault == "no json":
                self._send(200, "<html>busy</html>")
            else:
                self._send(200, json.dumps(_build_completion(server, body, mark, fault)))
                server.answered[mark] += 1

        def _trickle(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            for _ in range(60):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    break
                time.sleep(0.1)
            self.close_connection = True

        def _send(self, status: int, text: str) -> None:
            self._send_bytes(status, text.encode())

        def _send_bytes(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("retry-after-ms", "20")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _build_completion(server: FakeServer, body: Any, mark: str, fault: Fault) -> Any:
    form = body.get("response_format")
    name = form["json_schema"]["name"] if form else ""
    # The verdict depends on the first user message: a repair adds further ones.
    question = [message for message in body["messages"] if message["role"] in ("system", "user")][:2]
    filled = server.verdict(question) if name == "Verdict" else ANSWERS[name](mark) if form else ""
    good = json.dumps(filled) if form else f"Well, {mark[:8]} it is."
    content = {"not the schema": "Sure! Here you are.", "empty": ""}.get(fault, good)
    return {
        "id": "c", "object": "chat.completion", "created": 0, "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }  # fmt: skip


def build_reply(content: Any, finish: Any = "stop", **message: Any) -> dict[str, Any]:
    """A chat completion that says this."""
    said = {"role": "assistant", "content": content} | message
    return {
        "id": "c", "object": "chat.completion", "created": 0, "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": said}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }  # fmt: skip


def refuse(sentence: str, status: int = 400) -> tuple[int, bytes]:
    """A refusal in OpenAI's form."""
    return status, json.dumps({"error": {"message": sentence, "type": "invalid_request_error", "code": None}}).encode()


@contextmanager
def running_fake_server(
    faults: Callable[[int], Fault] = lambda _: "",
    seconds: float = 0.0,
    verdict: Callable[[Any], Any] = lambda _: {"reason": "so", "winner": "tie"},
) -> Iterator[FakeServer]:
    server = FakeServer(faults, seconds, verdict)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _build_handler(server))
    http.daemon_threads = True
    server.base_url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()

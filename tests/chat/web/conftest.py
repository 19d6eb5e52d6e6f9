"""The page, served from a thread: with two real tiny models on one base, or with models whose answers a test writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("starlette", reason="the page needs its server: pip install 'hackmentor[web]'")

from hackmentor.chat.chat_model import ChatModel, ChatReply, SamplingParams
from hackmentor.chat.conversation import Conversation
from hackmentor.chat.model_loader import ModelLoader
from hackmentor.chat.web.application import build_application
from hackmentor.chat.web.blind_comparison import BATTLES_FILE, BlindComparison, append_battle
from hackmentor.chat.web.conversation_store import ConversationStore
from tests.chat.conftest import CELL, GREEDY, resolve
from tests.review.test_browser import FLAGS

BASE = "smollm2-135m"
SAMPLING = SamplingParams(temperature=0, top_k=0, top_p=1, repetition_penalty=1, max_new_tokens=300)
Conversations = tuple[Conversation, Conversation]


@dataclass
class ScriptedModel:
    """Answers with the texts it was given, the last one again and again, in pieces of seven characters."""

    name: str
    texts: Sequence[str | Exception]
    seconds: float = 0.0
    gate: threading.Event | None = None  # no piece after the first before it is set
    context_window: int = 1000
    asked: list[str] = field(default_factory=list)
    template: Any = field(default_factory=lambda: SimpleNamespace(encode_prompt=lambda messages: [0]))

    def generate_reply(
        self, messages: Sequence[Any], sampling: Any, on_text: Callable[[str], None], should_stop: Callable[[], bool]
    ) -> ChatReply:
        text = self.texts[min(len(self.asked), len(self.texts) - 1)]
        self.asked.append(messages[-1]["content"])
        if isinstance(text, Exception):
            raise text
        for start in range(0, len(text), 7):
            if should_stop():
                return ChatReply(text[:start].rstrip(), 1, 1, "stopped", 1, 1)
            on_text(text[start : start + 7])
            time.sleep(self.seconds)
            while self.gate is not None and not self.gate.wait(0.01) and not should_stop():
                pass
        return ChatReply(text.rstrip(), 1, 1, "end", 1, 1)


def start_scripted(*models: ScriptedModel) -> Conversations:
    first, second = (Conversation(cast(ChatModel, model), SAMPLING, reserved_tokens=1) for model in models)
    return first, second


def start_conversations(tiny_llama: Path) -> Conversations:
    """A cell and its base, which share the weights in memory."""
    loader, words = ModelLoader(GREEDY, 0), (f"base.path={tiny_llama}", "quant=none")
    first, second = (
        Conversation(loader.load_model(resolve(name, *words)), SAMPLING, reserved_tokens=320) for name in (CELL, BASE)
    )
    return first, second


@pytest.fixture
def battles(place: Path) -> Path:
    return place / "outputs" / "embedded" / BATTLES_FILE


@contextmanager
def served(conversations: Conversations, battles: Path) -> Iterator[str]:
    """Serves the page and gives its address."""
    import uvicorn

    store = ConversationStore(partial(BlindComparison, conversations))
    app = build_application(store, partial(append_battle, battles), "one and another", "127.0.0.1")
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        store.stop_all()
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser. Playwright runs once in a thread, so it ends with the module, before other modules start theirs."""
    from playwright.sync_api import sync_playwright

    from tests.review.test_browser import CHROMIUM

    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def models() -> tuple[ScriptedModel, ScriptedModel]:
    return ScriptedModel("one", ["One **says** this."]), ScriptedModel("two", ["Two says `that`."])


@pytest.fixture
def address(models: tuple[ScriptedModel, ScriptedModel], tmp_path: Path) -> Iterator[str]:
    """The page of those models."""
    with served(start_scripted(*models), tmp_path / "b.jsonl") as address:
        yield address

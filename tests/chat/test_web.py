"""The page in a real browser: two models side by side, a vote that becomes a battle, no request to other hosts."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="the page needs Gradio: pip install 'hackmentor[web]'")

from hackmentor.chat.chat_model import SamplingParams
from hackmentor.chat.conversation import Conversation
from hackmentor.chat.web.blind_comparison import BATTLES_FILE, BlindComparison, append_battle
from hackmentor.chat.web.serve import build_application, check_gradio_installed, check_port_free
from hackmentor.evaluate.ratings.read_battles import read_battles
from hackmentor.runtime.errors import UserError
from tests.chat.conftest import CELL, load_chat_model
from tests.review.test_browser import CHROMIUM, FLAGS

SAMPLING = SamplingParams(temperature=0, top_k=0, top_p=1, repetition_penalty=1, max_new_tokens=8)
HOSTILE = "<img src=x onerror=\"document.title='owned'\"> ![](http://example.com/x.png) ${1+1} {{value}} \u202e\x1b[2J"


def start_conversations(place: Path) -> tuple[Conversation, Conversation]:
    first, second = (Conversation(load_chat_model(name), SAMPLING, reserved_tokens=64) for name in (CELL, "llama-7b"))
    return first, second


@pytest.fixture
def battles(place: Path) -> Path:
    return place / "outputs" / "embedded" / BATTLES_FILE


def test_sides_are_drawn(place: Path) -> None:
    both = start_conversations(place)
    assert {BlindComparison(both).names for _ in range(40)} == {(CELL, "llama-7b"), ("llama-7b", CELL)}


def test_a_vote_is_a_battle_as_rate_reads_it(place: Path, battles: Path) -> None:
    both = start_conversations(place)
    for win in ("model_a", "model_b", "tie"):
        comparison = BlindComparison(both)
        sides = {side for side, _ in comparison.send("What is CWE-79?")}
        assert sides == {0, 1}
        append_battle(battles, comparison.to_battle(win))  # type: ignore[arg-type]
    battles.write_text(battles.read_text() + '{"torn')
    append_battle(battles, comparison.to_battle("tie"))
    read = read_battles(battles)
    assert (len(read), read.models, read.has_questions) == (4, ("llama-7b", CELL), True)
    row = json.loads(battles.read_text().splitlines()[0])
    assert row["judge"] == "human"
    assert row["messages_a"][0] == {"role": "user", "content": "What is CWE-79?"}
    assert not (battles.parent / "battles.jsonl").exists()


def test_a_busy_port_is_a_sentence() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match="Address already in use; choose another address or port"):
            check_port_free("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(UserError, match=r"web\.host=nowhere\.invalid"):
        check_port_free("nowhere.invalid", 7860)


@pytest.fixture
def address(place: Path, battles: Path) -> Iterator[str]:
    """The page, served from a thread."""
    import uvicorn

    check_gradio_installed()
    from hackmentor.chat.web.page import STYLE_FILE, Page

    page = Page(partial(BlindComparison, start_conversations(place)), partial(append_battle, battles), "made")
    config = uvicorn.Config(
        build_application(page.blocks, STYLE_FILE.read_text(), "127.0.0.1"), port=0, log_level="warning"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_in_a_browser(address: str, battles: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for scheme, width in (("light", 1280), ("dark", 390)):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
            page, asked, said = context.new_page(), [], []
            page.on("request", lambda one, asked=asked: asked.append(one.url))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.set_default_timeout(120_000)
            page.goto(address)
            _talk_and_vote(page)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
            assert said == []
            context.close()
        browser.close()
    assert len(read_battles(battles)) == 2


def _talk_and_vote(page: Any) -> None:
    names = f"section:has-text('{CELL}'), section:has-text('llama-7b')"
    better = page.get_by_role("button", name="A is better")
    assert better.is_disabled()
    while page.locator("section p.user").count() == 0:  # until its script is there the page takes nothing
        page.get_by_label("Your message").fill(HOSTILE)
        page.get_by_role("button", name="Send").click(timeout=10_000)
        page.wait_for_timeout(3000)
    page.wait_for_function("[...document.querySelectorAll('button')].some(b => b.innerText == 'Tie' && !b.disabled)")
    shown = page.locator("section p.user").all_inner_texts()
    assert shown == [HOSTILE.replace("\u202e", "\\x202e").replace("\x1b", "\\x1b")] * 2
    assert page.locator("section p.assistant").count() == 2
    assert page.locator("section img").count() == 0
    assert page.title() == "HackMentor chat"
    assert page.locator(names).count() == 0
    better.click()
    page.wait_for_function(f"document.body.innerText.includes('A was ') && document.body.innerText.includes('{CELL}')")
    assert page.locator(names).count() == 2
    assert better.is_disabled()


def test_only_this_machine_by_its_own_names(address: str) -> None:
    import httpx

    assert httpx.get(address).status_code == 200
    assert httpx.get(address, headers={"host": "evil.example"}).status_code == 400
    policy = httpx.get(address).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_without_gradio_it_says_how(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(UserError, match=r"pip install 'hackmentor\[web\]'"):
        check_gradio_installed()

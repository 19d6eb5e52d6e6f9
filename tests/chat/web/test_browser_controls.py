"""The buttons of the page in a real browser, and what goes wrong."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError
from tests.chat.web.browsing import LONG, answers, ask, button, is_in_view, note, opened, wait_until_answered
from tests.chat.web.conftest import ScriptedModel, served, start_scripted


def test_copy_retry_and_a_new_conversation(
    models: tuple[ScriptedModel, ScriptedModel], chromium: Any, address: str
) -> None:
    code = "for x in y:\n    print(x < 1)\n"
    for model in models:
        model.texts = [f"Take **this**:\n\n```python\n{code}```", "Second *answer*."]
    with opened(chromium, address, permissions=["clipboard-read", "clipboard-write"]) as page:
        ask(page, "How?")
        button(page, "Copy code").first.click()
        button(page, "Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == code
        page.locator(".answer > .copy").last.click()
        page.wait_for_selector(".answer > .copy:text('Copied')")
        assert page.evaluate("navigator.clipboard.readText()") == models[0].texts[0]
        button(page, "↻ Retry").click()
        page.wait_for_function("() => document.querySelector('.markdown').textContent.includes('Second')")
        wait_until_answered(page)
        assert answers(page) == ["Second answer."] * 2
        assert models[0].asked == ["How?", "How?"]
        ask(page, "And then?")
        assert page.locator(".question").count() == 4
        page.reload()
        page.wait_for_selector(".question")
        assert page.locator(".question").count() == 4
        button(page, "New conversation").click()
        page.wait_for_function("() => !document.querySelector('.question')")
        assert button(page, "Tie").is_disabled()
        assert page.evaluate("document.activeElement.id") == "text"


def test_copy_on_a_page_that_may_not_use_the_clipboard(chromium: Any, address: str) -> None:
    with opened(chromium, address) as page:
        ask(page, "hello")
        page.evaluate("delete Navigator.prototype.clipboard")
        page.evaluate("document.addEventListener('copy', () => { window.copied = document.activeElement.value; })")
        page.locator(".answer > .copy").first.click()
        page.wait_for_function("() => window.copied")
        assert page.evaluate("window.copied") in ("One **says** this.", "Two says `that`.")


def test_a_question_sent_while_they_answer_and_stop(
    models: tuple[ScriptedModel, ScriptedModel], chromium: Any, address: str
) -> None:
    for model in models:
        model.texts, model.gate = [LONG], threading.Event()
    with opened(chromium, address) as page:
        ask(page, "first", wait=False)
        page.wait_for_function(
            "() => [...document.querySelectorAll('.markdown')].filter(m => m.textContent).length == 2"
        )
        ask(page, "second", wait=False)
        assert "still answering" in note(page)
        assert page.locator("#text").input_value() == "second"
        assert button(page, "Tie").is_disabled()
        button(page, "Stop").click()
        wait_until_answered(page)
        assert answers(page) == ["Paragra"] * 2
        assert page.locator(".ending").all_inner_texts() == ["Stopped."] * 2
        assert page.locator("#text").input_value() == "second"
        assert button(page, "Tie").is_enabled()
        assert models[0].asked == ["first"]


def test_a_new_conversation_while_they_answer(
    models: tuple[ScriptedModel, ScriptedModel], chromium: Any, address: str
) -> None:
    for model in models:
        model.texts, model.gate = [LONG, "short"], threading.Event()
    with opened(chromium, address) as page:
        ask(page, "first", wait=False)
        page.wait_for_selector("#stop:visible")
        button(page, "New conversation").click()
        page.wait_for_function("() => !document.querySelector('.question')")
        assert page.locator("#text").input_value() == ""
        for model in models:
            model.gate.set()  # type: ignore[union-attr]
        ask(page, "second")
        assert answers(page) == ["short"] * 2


def test_errors_are_sentences_and_what_was_typed_comes_back(
    models: tuple[ScriptedModel, ScriptedModel], chromium: Any, tmp_path: Path
) -> None:
    models[0].texts = [UserError("this message is too long; send a shorter message"), "Now."]
    with served(start_scripted(*models), tmp_path / "b.jsonl") as address, opened(chromium, address) as page:
        ask(page, "hello")
        assert note(page) == "this message is too long; send a shorter message"
        assert page.locator("#text").input_value() == "hello"
        assert page.locator(".question").count() == 0
        page.keyboard.press("Enter")
        wait_until_answered(page)
        assert page.locator(".question").count() == 2
        page.evaluate("key = 'forgotten'")
        ask(page, "again")
        page.wait_for_function("() => document.querySelector('#text').value == 'again'")
        assert "started anew" in note(page)
        assert page.locator(".question").count() == 0
        page.said.clear()  # Chromium logs what was not found
        page.context.set_offline(True)
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('#note').textContent.includes('does not answer')")
        page.wait_for_function("() => document.querySelector('#text').value == 'again'")
        page.context.set_offline(False)
        page.keyboard.press("Enter")
        page.wait_for_selector(".question")
        wait_until_answered(page)
        page.said.clear()


def test_dark_follows_the_system_and_can_be_switched(chromium: Any, address: str) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    dark, light = "rgb(15, 19, 24)", "rgb(245, 246, 248)"
    with opened(chromium, address, color_scheme="dark") as page:
        assert page.evaluate(colour) == dark
        page.emulate_media(color_scheme="light")
        assert page.evaluate(colour) == light
        page.locator("#theme").click()
        assert page.evaluate(colour) == dark
        page.reload()
        assert page.evaluate(colour) == dark
        page.locator("#theme").click()
        assert page.evaluate(colour) == light
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(colour) == dark


def test_two_tabs_with_one_conversation(
    models: tuple[ScriptedModel, ScriptedModel], chromium: Any, address: str, tmp_path: Path
) -> None:
    for model in models:
        model.gate = threading.Event()
    with opened(chromium, address) as page:
        ask(page, "hello", wait=False)
        page.wait_for_selector("#stop:visible")
        key = page.evaluate("key")
        other = page.context.new_page()
        other.add_init_script(f"sessionStorage.setItem('conversation', {json.dumps(key)})")
        other.goto(address)
        other.wait_for_function("() => document.querySelector('#note').textContent.includes('another tab')")
        for model in models:
            model.gate.set()  # type: ignore[union-attr]
        for tab in (page, other):
            tab.wait_for_function(
                "() => [...document.querySelectorAll('.markdown')].filter(m => m.textContent).length == 2"
            )
            wait_until_answered(tab)
        # Without waiting for the first answer.
        for tab, name in ((page, "model_a"), (other, "model_b")):
            tab.evaluate(f"document.querySelector('[data-win={name}]').click()")
        for tab in (page, other):
            tab.wait_for_function("() => document.querySelector('h2').textContent.startsWith('A was ')")
        assert page.locator("h2").all_inner_texts() == other.locator("h2").all_inner_texts()
        page.said.clear()  # Chromium logs the refused one
    assert len((tmp_path / "b.jsonl").read_text().splitlines()) == 1


def test_a_phone_shows_one_pane_and_the_edge_of_the_other(chromium: Any, address: str) -> None:
    options = {"viewport": {"width": 375, "height": 667}, "is_mobile": True, "has_touch": True}
    with opened(chromium, address, **options) as page:
        ask(page, "hello")
        left, right = (pane.bounding_box() for pane in page.locator(".pane").all())
        assert left["width"] > 300
        assert left["x"] + left["width"] < right["x"] < 375
        page.evaluate("document.querySelector('main').scrollLeft = 1000")
        page.wait_for_timeout(500)
        assert page.locator(".pane").last.bounding_box()["x"] < 75
        assert is_in_view(page, "#text")
        assert page.evaluate("document.documentElement.scrollWidth") == 375

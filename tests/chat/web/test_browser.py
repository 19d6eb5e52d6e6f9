"""The page in a real browser, used as people use it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hackmentor.evaluate.ratings.read_battles import read_battles
from hackmentor.runtime.errors import UserError
from tests.chat.conftest import CELL
from tests.chat.web.conftest import BASE, ScriptedModel, opened, served, start_conversations, start_scripted

LONG = "\n\n".join(f"Paragraph {number} of a long answer about injection." for number in range(80))
HOSTILE = """<img src=x onerror="document.title='owned'"> ![a picture](http://example.com/x.png)
<script>document.title='owned'</script> [the list](http://example.com/cwe) <a href="http://example.com/">here</a>
[js](javascript:document.title='owned') \u202e\x1b[2J

```html
<img src=http://example.com/y.png><script>document.title='owned'</script>
```

| a | b |
|:-:|--:|
| <svg onload="document.title='owned'"> | 1 |
"""
# The lengths of the two newest answers, each time one of them changes.
RECORD = """() => {
  window.lengths = [];
  const measure = () => window.lengths.push([...document.querySelectorAll('.log')].map(
    (log) => (log.querySelector('.answer:last-child .markdown')?.textContent || '').length));
  const observer = new MutationObserver(measure);
  document.querySelectorAll('.log').forEach((log) => observer.observe(log, {childList: true, subtree: true}));
}"""


@pytest.fixture
def models() -> tuple[ScriptedModel, ScriptedModel]:
    return ScriptedModel("one", ["One **says** this."]), ScriptedModel("two", ["Two says `that`."])


@pytest.fixture
def address(models: tuple[ScriptedModel, ScriptedModel], tmp_path: Path) -> Iterator[str]:
    with served(start_scripted(*models), tmp_path / "b.jsonl") as address:
        yield address


def ask(page: Any, text: str, *, wait: bool = True) -> None:
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")
    if wait:
        wait_until_answered(page)


def wait_until_answered(page: Any) -> None:
    page.wait_for_selector("#send:visible")


def note(page: Any) -> str:
    return str(page.locator("#note").inner_text())


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def answers(page: Any) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(".answer .markdown").all_inner_texts()]


def is_in_view(page: Any, query: str) -> bool:
    box, size = page.locator(query).bounding_box(), page.viewport_size
    return bool(
        box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )  # fmt: skip


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1280, 800), ("dark", 375, 667)])
def test_two_models_answer_at_the_same_time_and_are_voted_on(
    scheme: str, width: int, height: int, chromium: Any, place: Path, tiny_llama: Path, battles: Path
) -> None:
    with (
        served(start_conversations(tiny_llama), battles) as address,
        opened(chromium, address, color_scheme=scheme, viewport={"width": width, "height": height}) as page,
    ):
        page.evaluate(RECORD)
        assert button(page, "A is better").is_disabled()
        ask(page, "What is CWE-79?")
        lengths = page.evaluate("window.lengths")
        ends = [max(both) for both in zip(*lengths, strict=True)]
        grown = [
            both for both in lengths if all(0 < length < end * 0.9 for length, end in zip(both, ends, strict=True))
        ]
        assert len({tuple(both) for both in grown}) >= 4, f"one waits for the other: {lengths}"
        assert page.locator(f".pane:has-text('{CELL}')").count() == 0
        button(page, "A is better").click()
        page.wait_for_function("() => document.querySelector('#note').textContent.startsWith('A was ')")
        headings = page.locator(".pane > h2").all_inner_texts()
        assert {text.partition(" was ")[2].removesuffix(" ✓") for text in headings} == {CELL, BASE}
        assert button(page, "A is better").is_disabled()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    read = read_battles(battles)
    assert (len(read), set(read.models)) == (1, {CELL, BASE})


def test_enter_sends_and_shift_enter_breaks_the_line(
    models: tuple[ScriptedModel, ScriptedModel], chromium: Any, address: str
) -> None:
    with opened(chromium, address) as page:
        low = page.locator("#text").bounding_box()["height"]
        page.locator("#text").press_sequentially("first")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("second")
        assert page.locator("#text").input_value() == "first\nsecond"
        assert page.locator("#text").bounding_box()["height"] > low + 15
        assert page.locator(".question").count() == 0
        page.keyboard.press("Enter")
        wait_until_answered(page)
        assert page.locator("#text").input_value() == ""
        assert page.locator("#text").bounding_box()["height"] == low
        assert page.locator(".question").all_inner_texts() == ["first\nsecond"] * 2
        page.keyboard.press("Enter")  # nothing is typed
        page.keyboard.type("   ")
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        assert models[0].asked == models[1].asked == ["first\nsecond"]
        assert sorted(answers(page)) == ["One says this.", "Two says that."]


def test_enter_that_ends_a_composition_does_not_send(
    models: tuple[ScriptedModel, ScriptedModel], chromium: Any, address: str
) -> None:
    with opened(chromium, address) as page:
        page.locator("#text").focus()
        page.evaluate("""() => document.querySelector('#text').addEventListener(
            'keydown', (event) => { window.composing = event.isComposing; })""")
        keyboard = page.context.new_cdp_session(page)
        keyboard.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
        page.keyboard.press("Enter")
        assert page.evaluate("window.composing")
        assert models[0].asked == []
        # Safari says so by the number of the key alone.
        page.evaluate("""() => document.querySelector('#text').dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true}))""")
        page.wait_for_timeout(200)
        assert models[0].asked == []
        keyboard.send("Input.insertText", {"text": "日本"})
        page.keyboard.press("Enter")
        wait_until_answered(page)
        assert "日本" in models[0].asked[0]


@pytest.mark.parametrize("size", [(1280, 800), (375, 667)])
def test_panes_scroll_and_the_input_stays_in_view(
    size: tuple[int, int], models: tuple[ScriptedModel, ScriptedModel], chromium: Any, address: str
) -> None:
    for model in models:
        model.texts, model.seconds = [LONG], 0.002
    with opened(chromium, address, viewport={"width": size[0], "height": size[1]}) as page:
        ask(page, "Tell me all.", wait=False)
        page.wait_for_function(
            "() => [...document.querySelectorAll('.log')].every(l => l.scrollHeight > l.clientHeight + 300)"
        )
        assert is_in_view(page, "#text")
        assert is_in_view(page, "#stop")
        at_end = "[...document.querySelectorAll('.log')].map(l => l.scrollHeight - l.scrollTop - l.clientHeight < 60)"
        assert page.evaluate(at_end) == [True, True]
        # Who reads above is left there.
        page.evaluate("document.querySelector('.log').scrollTop = 50")
        page.wait_for_timeout(300)
        assert page.evaluate("document.querySelector('.log').scrollTop") == 50
        assert page.locator(".latest").first.is_visible()
        wait_until_answered(page)
        assert page.evaluate("document.querySelector('.log').scrollTop") == 50
        assert page.evaluate(at_end) == [False, True]
        page.locator(".latest").first.click()
        assert page.evaluate(at_end) == [True, True]
        for query in ("#text", "#send", "#new", "#theme", "[data-win=model_a]", "[data-win=model_b]", "#retry"):
            assert is_in_view(page, query), query
        page.locator("#text").fill("line\n" * 200)
        assert is_in_view(page, "#composer")
        assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_hostile_answers_do_nothing(models: tuple[ScriptedModel, ScriptedModel], chromium: Any, address: str) -> None:
    models[0].texts = models[1].texts = [HOSTILE]
    with opened(chromium, address) as page:
        ask(page, HOSTILE)
        page.wait_for_timeout(300)
        assert page.title() == "HackMentor chat"
        assert (
            page.locator("main :is(img, script, a, iframe, svg, style, form, [style], [onerror], [onload])").count()
            == 0
        )
        shown = answers(page)[0]
        assert "<img src=x onerror=\"document.title='owned'\"> [image: a picture] (http://example.com/x.png)" in shown
        assert "the list (http://example.com/cwe)" in shown
        assert "\\x202e\\x1b[2J" in shown
        assert page.locator(".question").first.inner_text().startswith("<img src=x onerror=")
        before = page.url
        for link in page.locator(".link").all():
            link.click()
        assert (page.url, len(page.context.pages)) == (before, 1)


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

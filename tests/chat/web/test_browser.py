"""The page in a real browser, used as people use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hackmentor.evaluate.ratings.read_battles import read_battles
from tests.chat.conftest import CELL
from tests.chat.web.browsing import LONG, answers, ask, button, is_in_view, opened, wait_until_answered
from tests.chat.web.conftest import BASE, ScriptedModel, served, start_conversations

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

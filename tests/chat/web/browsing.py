"""What a reader does and sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LONG = "\n\n".join(f"Paragraph {number} of a long answer about injection." for number in range(80))


@contextmanager
def opened(chromium: Any, address: str, **options: Any) -> Iterator[Any]:
    """The page in a browser of its own; no request leaves it, and its console stays empty."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    page, asked, said = context.new_page(), [], []
    context.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_function("() => document.querySelector('#note').textContent")
    page.said = said
    yield page
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert said == []
    context.close()


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

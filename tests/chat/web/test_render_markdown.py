"""Markdown of a model becomes HTML without anything that loads, leads or runs."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackmentor.chat.web.render_markdown import render_markdown

TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("code", "pre", "div", "span", "button", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"class", "type", "tabindex", "start"}
HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "</div></article><style>*{display:none}</style>",
    "![x](http://example.com/x.png)",
    "![x](data:image/png;base64,AAAA)",
    '[x](http://example.com/ "a\\" onmouseover=\\"alert(1)")',
    "[x](javascript:alert(1)) <javascript:alert(1)>",
    "<http://example.com/> [x][y]\n\n[y]: http://example.com/",
    '```"><img src=x onerror=alert(1)>\n</code></pre><script>alert(1)</script>\n```',
    "`<b>`",
    '|a|\n|:-:|\n|<img src=x style="background:url(http://example.com)">|',
]


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_active_is_left(text: str) -> None:
    found = Elements(render_markdown(text))
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES


@given(st.text(st.sampled_from("<>&\"'`~[]()!|:-#*_=\\/ \n\tabjx1\u202e\x1b"), max_size=60))
def test_nothing_active_is_left_of_any_text(text: str) -> None:
    found = Elements(render_markdown(text))
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES


def test_html_is_shown_as_text() -> None:
    assert "<img src=x onerror=alert(1)>" in Elements(render_markdown("a <img src=x onerror=alert(1)>")).words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[the list](https://cwe.mitre.org/a?b=1&c=2)", "the list (https://cwe.mitre.org/a?b=1&c=2)"),
        ("<https://cwe.mitre.org>", "https://cwe.mitre.org"),
        ("![a map](http://example.com/x.png)", "[image: a map] (http://example.com/x.png)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[bank](https://xn--80ak6aa92e.com)", "bank (https://xn--80ak6aa92e.com)"),
        ("a\u202eb\x1b[2J", "a\\x202eb\\x1b[2J"),
    ],
)
def test_the_address_of_a_link_is_shown(text: str, shown: str) -> None:
    assert Elements(render_markdown(text)).words.strip() == shown


def test_what_models_write_is_rendered() -> None:
    html = render_markdown(
        "# T\n\n1. **a**\n2. `b`\n\n```python x\nif a < b:\n    pass\n```\n\n|n|\n|-:|\n|1|\n\none\ntwo"
    )
    assert "<h1>T</h1>" in html
    assert "<strong>a</strong>" in html
    assert '<span>python</span><button type="button" class="copy">' in html
    assert "<code>if a &lt; b:\n    pass\n</code>" in html
    assert '<td class="right">1</td>' in html
    assert "one<br" in html


def test_a_code_block_that_has_not_ended_yet_is_one() -> None:
    assert "<pre" in render_markdown("```sh\nls")

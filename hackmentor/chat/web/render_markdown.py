"""Markdown of a model as HTML that does nothing: no markup of its own, no images, no links, so no request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from hackmentor.runtime.terminal import escape_control_characters


def render_markdown(text: str) -> str:
    """Renders Markdown, with tables and with line breaks as in the text.

    HTML in it is shown as text. Of links and images the words and the address are shown. Control characters and those
    that change the direction of text become visible escapes.
    """
    return str(_MARKDOWN.render(escape_control_characters(text)))


class _InertRenderer(RendererHTML):
    """markdown-it's renderer, with its own form of what would load, lead or style something."""

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:  # noqa: ANN401
        return '<span class="link">'

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:  # noqa: ANN401
        opening = next(token for token in reversed(tokens[:idx]) if token.type == "link_open")
        # <https://...> is its own text.
        return "</span>" if opening.info == "auto" else f"</span>{_render_address(opening.attrGet('href'))}"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:  # noqa: ANN401
        words = self.renderInlineAsText(tokens[idx].children, options, env)
        return f'<span class="link">[image: {escapeHtml(words)}]</span>{_render_address(tokens[idx].attrGet("src"))}'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:  # noqa: ANN401
        language = (tokens[idx].info.split() or ["code"])[0]
        return (
            f'<div class="code"><div class="bar"><span>{escapeHtml(language)}</span><button type="button" class="copy">'
            f'Copy code</button></div><pre tabindex="0"><code>{escapeHtml(tokens[idx].content)}</code></pre></div>\n'
        )

    code_block = fence

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:  # noqa: ANN401
        # The page allows no inline style.
        style = str(tokens[idx].attrGet("style") or "")
        return f'<{tokens[idx].tag} class="{style.removeprefix("text-align:")}">' if style else f"<{tokens[idx].tag}>"

    td_open = th_open

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:  # noqa: ANN401
        return '<div class="table"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:  # noqa: ANN401
        return "</table></div>\n"


def _render_address(address: object) -> str:
    return f' <span class="address">({escapeHtml(str(address))})</span>'


_MARKDOWN = MarkdownIt("js-default", {"breaks": True}, renderer_cls=_InertRenderer)

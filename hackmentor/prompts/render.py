"""Renders a chat template. It may be anybody's: whatever goes wrong in it becomes one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from hackmentor.prompts.bounded_rendering import MAX_CHARACTERS, rendering_bounded
from hackmentor.runtime.errors import UserError


def render_messages(
    special_tokens: Mapping[str, str],
    source: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    prompt: bool,
    marked: bool = False,
    tools: list[Any] | None = None,
) -> tuple[str, list[tuple[int, int]]]:
    """A conversation as text, and the spans of it that the template marks with `{% generation %}`, in characters.

    Args:
        special_tokens: what the template may write by name, such as `bos_token`.
        source: the template.
        messages: role and content of each.
        prompt: whether the prompt for the assistant's next turn follows.
        marked: whether the template has marks; else there are no spans.
        tools: the definitions of the tools on offer.

    Raises:
        UserError: if the template can't be parsed, refuses the messages, or fails with them.
    """
    from jinja2 import TemplateSyntaxError
    from transformers.utils.chat_template_utils import render_jinja_template

    try:
        _refuse_powers(source)
        with rendering_bounded():
            rendered, spans = render_jinja_template(
                conversations=[list(messages)],
                tools=tools,
                chat_template=source,
                return_assistant_tokens_mask=marked,
                add_generation_prompt=prompt,
                **special_tokens,
            )
        if len(rendered[0]) > MAX_CHARACTERS:
            raise MemoryError
    except TemplateSyntaxError as error:
        raise UserError(f"the chat template can't be parsed, line {error.lineno}: {error.message}") from error
    except Exception as error:  # a template is code, which raises what it likes
        roles = ", ".join(message["role"] for message in messages)
        reason = "it writes more than fits into memory" if isinstance(error, MemoryError) else str(error)
        reason = reason or type(error).__name__
        raise UserError(f"the chat template refuses messages of {roles}: {reason}") from error
    return rendered[0], list(spans[0]) if marked else []


@cache
def _refuse_powers(source: str) -> None:
    """Refuses powers of numbers in a template: computing one can't be interrupted, and a short one takes days.

    Two asterisks before the last argument of a call are something else, and pass.

    Raises:
        ValueError: for a power.
        TemplateSyntaxError: if the source is no template.
    """
    from jinja2 import Environment

    # Only split into tokens: nothing is rendered.
    tokens = [(kind, text) for _, kind, text in Environment(autoescape=True).lex(source) if kind != "whitespace"]
    for (_, before), token in pairwise(tokens):
        if token == ("operator", "**") and before not in ("(", ","):
            raise ValueError("it computes a power (**), which no conversation needs")

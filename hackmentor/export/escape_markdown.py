"""Facts of a cell, which may be a stranger's, made into text of a model card that holds no markup of theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from hackmentor.export.card_facts import CellFacts
from hackmentor.runtime.terminal import escape_control_characters

# These stand in code blocks and addresses, where nothing can be escaped.
_IDENTIFIERS = ("name", "untuned", "hub_id", "revision")
_NOT_OF_IDENTIFIERS = re.compile(r"[^\w./@:+-]", re.ASCII)

_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def escape_facts(facts: CellFacts) -> CellFacts:
    """The same facts without HTML, links, images, line breaks and ends of table cells of their own."""
    escaped = {field.name: _escape(getattr(facts, field.name)) for field in fields(facts)}
    names = {name: _NOT_OF_IDENTIFIERS.sub("_", getattr(facts, name)) for name in _IDENTIFIERS}
    return replace(facts, **(escaped | names))


def escape_markdown(text: str) -> str:
    """A text as one line of Markdown that shows it: without HTML, ends of table cells and links (there is no `](`)."""
    line = escape_control_characters(" ".join(text.split()))
    return _TAG.sub("&lt;", line).replace("](", "]\\(").replace("|", "\\|")


def _escape(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return escape_markdown(value)
    if isinstance(value, Mapping):
        return {key: _escape(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_escape(inner) for inner in value]
    return value

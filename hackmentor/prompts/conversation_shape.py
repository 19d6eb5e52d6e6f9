"""A conversation without its texts, which is what a chat template is rendered with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hackmentor.records.record import Message

# Two code points of the private use area stand in for the text of message i while the template is rendered. The white
# space that it begins and ends with stands around them, and the template does with it what it does.
PLACEHOLDER = "\ue000{}\ue001"
PLACEHOLDERS = re.compile("\ue000([0-9]+)\ue001")

# Conversations that differ in their texts alone are rendered once: most of a data set has few shapes.
MAX_CACHED_SHAPES = 256

# For each message its role, the white space around its text, whether it has a text.
Shape = tuple[tuple[str, str, str, bool], ...]


def get_shape(messages: Sequence[Message]) -> Shape:
    """The shape of a conversation."""
    shape = []
    for message in messages:
        content, text = message["content"], message["content"].strip()
        start = content.index(text)
        after = content[start + len(text) :] if text else ""
        has_text = bool(text) or message["role"] == "assistant"
        before = content[:start] if text or has_text else content
        shape.append((message["role"], before, after, has_text))
    return tuple(shape)


def build_stand_ins(shape: Shape) -> list[dict[str, str]]:
    """The messages of a shape with placeholders for their texts, for the template."""
    return [
        {"role": role, "content": f"{before}{PLACEHOLDER.format(place)}{after}" if has_text else before}
        for place, (role, before, after, has_text) in enumerate(shape)
    ]

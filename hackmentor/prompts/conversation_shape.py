"""A conversation without its texts, which is what a chat template is rendered with."""

from __future__ import annotations

import re
from typing import Any

from hackmentor.records.record import Message

# Two code points of the private use area stand in for the text of message i while the template is rendered. The white
# space that it begins and ends with stands around them, and the template does with it what it does.
PLACEHOLDER = "\ue000{}\ue001"
PLACEHOLDERS = re.compile("\ue000([0-9]+)\ue001")

# Conversations that differ in their texts alone are rendered once: most of a data set has few shapes.
MAX_CACHED_SHAPES = 256

# A message without its text: its role, the white space around the text, whether it has one, what else it has, as JSON.
ShapeEntry = tuple[str, str, str, bool, str]
Shape = tuple[ShapeEntry, ...]


def get_shape_entry(message: Message) -> ShapeEntry:
    """The shape of a message of which nothing but role and content counts."""
    content, text = message["content"], message["content"].strip()
    start = content.index(text)
    after = content[start + len(text) :] if text else ""
    has_text = bool(text) or message["role"] == "assistant"
    before = content[:start] if text or has_text else content
    return message["role"], before, after, has_text, ""


def build_stand_ins(shape: Shape) -> list[dict[str, Any]]:
    """The messages of a shape with placeholders for their texts, for the template."""
    return [
        {"role": role, "content": f"{before}{PLACEHOLDER.format(place)}{after}" if has_text else before}
        for place, (role, before, after, has_text, _) in enumerate(shape)
    ]

"""Parses the shapes of conversations that other projects write into (role, text) pairs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hackmentor.records.read.repair import ROLE_BY_ALIAS, RejectedError

Turns = list[tuple[str, str]]


def parse_conversation(item: Mapping[str, Any]) -> tuple[str, Turns]:
    """The shape of an object that holds a conversation, and its turns. Raises ValueError if it holds none."""
    shapes: tuple[tuple[str, str, Callable[[Sequence[Any]], Turns]], ...] = (
        ("messages", "openai", _parse_openai_turns),
        ("conversations", "sharegpt", _parse_sharegpt_turns),
        ("conversation", "objects", parse_role_keyed_turns),
        ("dialogue", "objects", parse_role_keyed_turns),
    )
    for key, name, parse in shapes:
        value = item.get(key)
        if isinstance(value, (list, tuple)):
            first = value[0] if value else {}
            if isinstance(first, dict) and "role" in first:
                parse = _parse_openai_turns
            elif isinstance(first, dict) and "from" in first:
                parse = _parse_sharegpt_turns
            return name, parse(value)
    raise ValueError(f"no known shape; its fields are {', '.join(map(repr, item)) or 'none'}")


def _parse_openai_turns(messages: Sequence[Any]) -> Turns:
    return [(get_text_field(require_object(part), "role"), _get_content(require_object(part))) for part in messages]


def _parse_sharegpt_turns(messages: Sequence[Any]) -> Turns:
    return [
        (get_text_field(require_object(part), "from"), get_text_field(require_object(part), "value"))
        for part in messages
    ]


def parse_role_keyed_turns(messages: Sequence[Any]) -> Turns:
    """Objects whose keys are the roles; an object with both speaks twice, the user first."""
    turns: Turns = []
    for part in messages:
        known = [key for key in require_object(part) if key.strip().lower() in ROLE_BY_ALIAS]
        if not known:
            raise ValueError(f"no speaker among the fields {', '.join(map(repr, part)) or '(none)'}")
        spoken = [key for key in known if part[key] is not None]
        spoken.sort(key=lambda key: ("system", "user", "assistant").index(ROLE_BY_ALIAS[key.strip().lower()]))
        turns += [(key, get_text_field(part, key)) for key in spoken]
    return turns


def require_object(value: object) -> Mapping[str, Any]:
    """The value as an object. Raises TypeError if it is none."""
    if not isinstance(value, dict):
        raise TypeError(f"a message must be an object, not {type(value).__name__}")
    return value


def get_text_field(fields: Mapping[str, Any], field: str) -> str:
    """A text field. Raises ValueError or TypeError if it is missing or no text."""
    if field not in fields:
        raise ValueError(f"field {field!r} is missing")
    value = fields[field]
    if not isinstance(value, str):
        raise TypeError(f"field {field!r} must be text, not {type(value).__name__}")
    return value


def _get_content(message: Mapping[str, Any]) -> str:
    value = message.get("content")
    if isinstance(value, (list, tuple)):
        parts = [require_object(text_part) for text_part in value]
        if any(text_part.get("type") != "text" for text_part in parts):
            raise RejectedError("content other than text")
        return "\n\n".join(get_text_field(text_part, "text") for text_part in parts)
    return get_text_field(message, "content")

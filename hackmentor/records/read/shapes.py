"""The shapes of conversations that other projects write, turned into (role, text) pairs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hackmentor.records.read.repair import ROLES, RejectedError

Turns = list[tuple[str, str]]


def conversation(item: Mapping[str, Any]) -> tuple[str, Turns]:
    """The shape of an object that holds a conversation, and its turns. Raises ValueError if it holds none."""
    kinds: tuple[tuple[str, str, Callable[[Sequence[Any]], Turns]], ...] = (
        ("messages", "openai", _roles),
        ("conversations", "sharegpt", _from_value),
        ("conversation", "objects", pairs),
        ("dialogue", "objects", pairs),
    )
    for key, name, parse in kinds:
        value = item.get(key)
        if isinstance(value, (list, tuple)):
            first = value[0] if value else {}
            if isinstance(first, dict) and "role" in first:
                parse = _roles
            elif isinstance(first, dict) and "from" in first:
                parse = _from_value
            return name, parse(value)
    raise ValueError(f"no known shape; its fields are {', '.join(map(repr, item)) or 'none'}")


def _roles(value: Sequence[Any]) -> Turns:
    return [(text_of(as_object(part), "role"), _content(as_object(part))) for part in value]


def _from_value(value: Sequence[Any]) -> Turns:
    return [(text_of(as_object(part), "from"), text_of(as_object(part), "value")) for part in value]


def pairs(value: Sequence[Any]) -> Turns:
    """Objects whose keys are the roles; an object with both speaks twice, the user first."""
    turns: Turns = []
    for part in value:
        known = [key for key in as_object(part) if key.strip().lower() in ROLES]
        if not known:
            raise ValueError(f"no speaker among the fields {', '.join(map(repr, part)) or '(none)'}")
        spoken = [key for key in known if part[key] is not None]
        spoken.sort(key=lambda key: ("system", "user", "assistant").index(ROLES[key.strip().lower()]))
        turns += [(key, text_of(part, key)) for key in spoken]
    return turns


def as_object(part: object) -> Mapping[str, Any]:
    """The part, known to be an object. Raises TypeError if it is none."""
    if not isinstance(part, dict):
        raise TypeError(f"a message must be an object, not {type(part).__name__}")
    return part


def text_of(part: Mapping[str, Any], name: str) -> str:
    """A text field. Raises ValueError or TypeError if it is missing or no text."""
    if name not in part:
        raise ValueError(f"field {name!r} is missing")
    value = part[name]
    if not isinstance(value, str):
        raise TypeError(f"field {name!r} must be text, not {type(value).__name__}")
    return value


def _content(part: Mapping[str, Any]) -> str:
    value = part.get("content")
    if isinstance(value, (list, tuple)):
        pieces = [as_object(piece) for piece in value]
        if any(piece.get("type") != "text" for piece in pieces):
            raise RejectedError("content other than text")
        return "\n\n".join(text_of(piece, "text") for piece in pieces)
    return text_of(part, "content")

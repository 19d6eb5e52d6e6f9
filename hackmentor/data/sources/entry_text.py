"""The text that an entry of a catalogue carries, whatever its type."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass


def iter_entry_texts(value: object) -> Iterator[str]:
    """Every string in an entry, in its parts and their parts, that has at least four words."""
    if isinstance(value, str):
        if value.count(" ") >= 3:
            yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from iter_entry_texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from iter_entry_texts(getattr(value, field.name))

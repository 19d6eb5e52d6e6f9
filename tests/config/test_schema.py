"""Every key of the configuration says in one sentence what it is for: docs/reference.md is made of these sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import hackmentor.config.schema
from hackmentor.config.schema import Section


def sections(of: type[Section] = Section) -> Iterator[type[Section]]:
    for model in of.__subclasses__():
        if model.__module__.startswith(hackmentor.config.schema.__name__):
            yield model
        yield from sections(model)


DESCRIBED = {
    f"{model.__name__}.{name}": field.description for model in sections() for name, field in model.model_fields.items()
}


@pytest.mark.parametrize(("key", "description"), sorted(DESCRIBED.items()))
def test_a_sentence_stands_below_every_field(key: str, description: str | None) -> None:
    assert description is not None, f"{key} of hackmentor/config/schema/ has no docstring below it"
    assert re.fullmatch(r"[A-Z0-9`'\"].*[^.]\.", description), f"{key}: {description!r} is no sentence"
    assert "\n" not in description, f"{key}: one line, as it stands in a table"

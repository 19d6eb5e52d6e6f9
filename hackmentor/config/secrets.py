"""Finds secrets in a configuration: from there they would get into cards, pages, logs and trackers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hackmentor.runtime.environment import find_secret_variables

_PASSWORD_IN_URL = re.compile(r"\w://[^/\s@]+:[^/\s@]*@")


def find_secrets(tree: Any) -> Iterator[str]:  # noqa: ANN401 - whatever YAML holds
    """Yields a message for each key whose value contains a secret; the message doesn't."""
    secrets = find_secret_variables(os.environ)
    for key, text in _iterate_texts(tree, ""):
        if _PASSWORD_IN_URL.search(text):
            yield (
                f"{key}: the address holds a password, which would stand in cards, logs and pages; "
                "name an environment variable that holds it (key_variable=NAME)"
            )
        elif found := [name for name, value in secrets.items() if value in text]:
            yield (
                f"{key}: holds the value of the environment variable {found[0]}, which would stand in cards, logs and "
                "pages; name the variable instead (key_variable=NAME)"
            )


def _iterate_texts(tree: Any, key: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if isinstance(tree, str):
        yield key, tree
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _iterate_texts(value, f"{key}.{name}" if key else str(name))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _iterate_texts(value, f"{key}.{index}")

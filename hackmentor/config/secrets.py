"""No secret gets into a configuration: from there it would go on to cards, pages, logs and trackers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

# What the names of variables end on that hold secrets, and how short a value is taken for one.
_NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$", re.IGNORECASE)
_SHORTEST = 8
_IN_ADDRESS = re.compile(r"\w://[^/\s@]+:[^/\s@]*@")


def secrets_in(tree: Any) -> Iterator[str]:  # noqa: ANN401 - whatever YAML holds
    """One sentence for each key whose value holds a secret; never the value itself."""
    known = _known(os.environ)
    for key, text in _texts(tree, ""):
        if _IN_ADDRESS.search(text):
            yield (
                f"{key}: the address holds a password, which would stand in cards, logs and pages; "
                "name an environment variable that holds it (key_variable=NAME)"
            )
        elif found := [name for name, value in known.items() if value in text]:
            yield (
                f"{key}: holds the value of the environment variable {found[0]}, which would stand in cards, logs and "
                "pages; name the variable instead (key_variable=NAME)"
            )


def _known(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if _NAMES.search(name) and len(value) >= _SHORTEST}


def _texts(tree: Any, key: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if isinstance(tree, str):
        yield key, tree
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _texts(value, f"{key}.{name}" if key else str(name))
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from _texts(value, f"{key}.{place}")

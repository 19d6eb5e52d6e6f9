"""How many examples the slower fuzzes draw."""

from __future__ import annotations

import os


def count_examples(whole: int) -> int:
    """A fifth of the examples in the ordinary suite, and all of them in `make test-fuzz`."""
    return whole if os.environ.get("HACKMENTOR_FUZZ") else whole // 5

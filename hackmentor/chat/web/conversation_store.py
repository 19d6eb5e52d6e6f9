"""The comparisons that pages show, by a random id that only the page knows."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from hackmentor.chat.web.blind_comparison import BlindComparison


class ConversationStore:
    """Starts comparisons and finds them again; beyond a number of them it forgets those not used for longest.

    Args:
        start_comparison: starts a new comparison.
        max_comparisons: how many are remembered.
    """

    def __init__(self, start_comparison: Callable[[], BlindComparison], max_comparisons: int = 200) -> None:
        self._start_comparison, self._max_comparisons = start_comparison, max_comparisons
        self._comparisons: dict[str, BlindComparison] = {}

    def start(self) -> str:
        """Starts a comparison and returns its id."""
        while len(self._comparisons) >= self._max_comparisons:
            self._comparisons.pop(next(iter(self._comparisons))).stop()
        key = secrets.token_urlsafe(16)
        self._comparisons[key] = self._start_comparison()
        return key

    def find(self, key: str) -> BlindComparison | None:
        """Finds a comparison; None if it is not known, or forgotten."""
        if key in self._comparisons:
            self._comparisons[key] = self._comparisons.pop(key)
        return self._comparisons.get(key)

    def stop_all(self) -> None:
        """Ends all answers that are being generated."""
        for comparison in self._comparisons.values():
            comparison.stop()

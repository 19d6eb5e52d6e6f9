"""Grids whose processes start at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.grid.forking import Forking, forking


@pytest.fixture(scope="session")
def forking_server() -> Iterator[Forking]:
    with forking() as server:
        yield server

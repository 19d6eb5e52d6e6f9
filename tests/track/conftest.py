"""A W&B server on loopback, and a configuration to track."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hackmentor.config.compose import Request, compose_grid, opened
from hackmentor.config.schema import Config
from tests.track.fake_server import KEY, Backend, served


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    with served() as there:
        monkeypatch.setenv("WANDB_BASE_URL", there.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        monkeypatch.delenv("WANDB_MODE")
        yield there


@pytest.fixture
def composed() -> Callable[..., Config]:
    def compose(*words: str) -> Config:
        request = Request("train", words)
        with opened(request) as hydra:
            return compose_grid(hydra, request).cells[0].config

    return compose

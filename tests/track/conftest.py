"""A W&B server on loopback, and a configuration to track."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.track.wandb_server import remember_connection
from tests.track.fake_server import KEY, FakeServer, fake_server_running


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    with fake_server_running() as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        monkeypatch.delenv("WANDB_MODE")
        remember_connection(None)
        yield server
        remember_connection(None)


@pytest.fixture
def composed() -> Callable[..., Config]:
    def compose(*words: str) -> Config:
        request = CommandRequest("train", words)
        with hydra_initialized(request) as hydra:
            return compose_grid(hydra, request).cells[0].config

    return compose

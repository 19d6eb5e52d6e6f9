"""The hub: refusals in words, at once. (Downloads themselves need a hub, which no test machine reaches.)"""

from __future__ import annotations

import pytest

from hackmentor.fetch import hub
from hackmentor.runtime.errors import UserError

REVISION = "8416d3fefb0cb3ff5775a7b13c1692d10ff1aa16"


def test_offline_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match="HF_HUB_OFFLINE is set"):
        hub.download_from_hub("huggyllama/llama-7b", REVISION)


def test_an_unreachable_hub_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    # Nothing listens on the discard port of this machine.
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.hf_api.ENDPOINT", "http://127.0.0.1:9", raising=False)
    with pytest.raises(UserError, match=r"can't reach the hub for huggyllama/llama-7b"):
        hub.download_from_hub("huggyllama/llama-7b", REVISION)


def test_pickles_are_not_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(hub, "_list_files", lambda hub_id, revision: ["config.json", "pytorch_model.bin"])
    with pytest.raises(UserError, match="pickles only"):
        hub.download_from_hub("lmsys/vicuna-7b-v1.5", REVISION)

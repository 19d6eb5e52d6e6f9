"""A trained cell of the tiny Llama in an experiment of its own, and the words with which chat finds it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from hackmentor.chat.load import Loader
from hackmentor.chat.participant import Participant, participant, split
from hackmentor.chat.speaker import Speaker
from hackmentor.cli import main
from hackmentor.config.compose import Request
from hackmentor.config.schema import Chat
from hackmentor.model.load import load_base
from tests.model.test_load_adapter import CONFIG_2023

CELL = "smollm2-135m-lora-iio"
GREEDY = Chat(
    system=None, temperature=0, top_k=50, top_p=1.0, repetition_penalty=1.0, max_new_tokens=24, answer_room=64,
    lines=False, history=None,
)  # fmt: skip


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_llama: Path, small_data: Path) -> Path:
    """A folder with outputs/embedded/{CELL}, trained, and models/lora_models/{llama-7b-lora-iio}, of 2023."""
    place = tmp_path_factory.mktemp("chat")
    words = [f"base.path={tiny_llama}", f"paths.data={small_data}", "trainer=cpu", "train.cutoff=256", "tracker=none"]
    words += ["train.overlength=truncate", "train.validation_records=2", "trainer.max_steps=4", "optimizer.lr=0.005"]
    assert main(["train", *words, f"paths.outputs={place / 'outputs'}", "experiment=embedded", "data=iio"]) == 0
    adapter = place / "outputs" / "embedded" / CELL / "adapter"
    old = place / "models" / "lora_models" / "llama-7b-lora-iio"
    old.mkdir(parents=True)
    torch.save(load_file(adapter / "adapter_model.safetensors"), old / "adapter_model.bin")
    (old / "adapter_config.json").write_text(json.dumps(CONFIG_2023))
    (place / "models" / "pretrained").mkdir()
    shutil.copytree(tiny_llama, place / "models" / "pretrained" / "llama-7b")
    return place


@pytest.fixture
def place(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder to work in."""
    shutil.copytree(trained, tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    return tmp_path / "place"


def who(*words: str) -> Participant:
    """As `hackmentor chat WORDS` finds it."""
    name, request = split(Request("chat", words))
    return participant(request, name)


def speak(*words: str) -> Speaker:
    return Loader(GREEDY, 0).speaker(who(*words, "quant=none"))


def alone(base: Path, adapter: Path | None) -> torch.nn.Module:
    """A model as any other program loads it."""
    model = load_base(base, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    return model if adapter is None else PeftModel.from_pretrained(model, str(adapter)).eval()

"""A finished cell of the tiny Llama in an experiment of its own, and helpers that resolve and load it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from hackmentor.cell.find import split_name_and_overrides
from hackmentor.cell.folder import get_cell_folder
from hackmentor.chat.chat_model import ChatModel
from hackmentor.chat.model_loader import ModelLoader
from hackmentor.chat.resolve_model import ResolvedModel, resolve_model
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import ChatSettings, Config
from hackmentor.model.adapter import add_lora
from hackmentor.model.base import load_base_template
from hackmentor.model.identity import identify_base
from hackmentor.model.load import load_base
from hackmentor.model.save_trained import save_tuned_model
from hackmentor.runtime.files import write_json
from tests.model.test_load_adapter import CONFIG_2023

CELL = "smollm2-135m-lora-iio"
GREEDY = ChatSettings(
    system=None, temperature=0, top_k=50, top_p=1.0, repetition_penalty=1.0, max_new_tokens=24, answer_room=64,
    lines=False, history=None,
)  # fmt: skip


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_llama: Path, small_data: Path) -> Path:
    """A folder with outputs/embedded/{CELL} and models/lora_models/{llama-7b-lora-iio}, of 2023."""
    place = tmp_path_factory.mktemp("chat")
    words = (f"base.path={tiny_llama}", f"paths.data={small_data}", f"paths.outputs={place / 'outputs'}")
    request = CommandRequest("train", (*words, "experiment=embedded", "data=iio", "trainer=cpu"))
    with hydra_initialized(request) as hydra:
        config = compose_grid(hydra, request).cells[0].config
    _save_untrained_cell(config, tiny_llama)
    adapter = place / "outputs" / "embedded" / CELL / "adapter"
    old = place / "models" / "lora_models" / "llama-7b-lora-iio"
    old.mkdir(parents=True)
    torch.save(load_file(adapter / "adapter_model.safetensors"), old / "adapter_model.bin")
    (old / "adapter_config.json").write_text(json.dumps(CONFIG_2023))
    (place / "models" / "pretrained").mkdir()
    shutil.copytree(tiny_llama, place / "models" / "pretrained" / "llama-7b")
    return place


def _save_untrained_cell(config: Config, base: Path) -> None:
    """A cell as training leaves it, with an adapter that nobody trained."""
    folder, model = get_cell_folder(config), load_with_peft(base, None)
    tuned = add_lora(model, rank=8, alpha=16, dropout=0.0, targets=["q_proj", "v_proj"], source="x", revision="y")
    torch.manual_seed(1)
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    folder.path.mkdir(parents=True)
    folder.write_config(config)
    save_tuned_model(tuned, folder.adapter, load_base_template(config, "iio"))
    write_json(folder.card, {"base": identify_base(config.untuned, base).to_json()})
    folder.mark_done(config)


@pytest.fixture
def place(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder to work in."""
    shutil.copytree(trained, tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    return tmp_path / "place"


def resolve(*words: str) -> ResolvedModel:
    """Resolves the model of `hackmentor chat WORDS`."""
    name, overrides = split_name_and_overrides(words)
    return resolve_model(CommandRequest("chat", overrides), name)


def load_chat_model(*words: str) -> ChatModel:
    return ModelLoader(GREEDY, 0).load_model(resolve(*words, "quant=none"))


def load_with_peft(base: Path, adapter: Path | None) -> Any:
    """Loads a model with PEFT alone, without this package."""
    model = load_base(base, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    return model if adapter is None else PeftModel.from_pretrained(model, str(adapter)).eval()

"""Any causal language model by its name: fetched from a hub, trained from its cache or a folder, kept as YAML."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.fetch.fake_hub import COMMIT, serve_repository
from tests.prompts.own_templates import CHATML

NAME = "ours/Tiny-Chat-Instruct"


@pytest.fixture(scope="module")
def chat_model(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Llama as a repository has it: with a chat template of its own, and a card that states a licence."""
    folder = tmp_path_factory.mktemp("repository") / "Tiny-Chat-Instruct"
    shutil.copytree(tiny_llama, folder)
    (folder / "chat_template.jinja").write_text(CHATML)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    return folder


def run(place: Path, *words: str, question: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hackmentor", *words]
    settings = {"HF_HOME": str(place / "hf"), "HF_HUB_OFFLINE": "1", "NO_COLOR": "1", "COLUMNS": "200", **environment}
    return subprocess.run(
        command, cwd=place, env=os.environ | settings, input=question, capture_output=True, text=True, check=False
    )


def train(place: Path, data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    few = (
        "trainer=cpu",
        "trainer.max_steps=2",
        "train.cutoff=512",
        "train.overlength=truncate",
        "train.validation_records=2",
        "train.batch_size=2",
    )
    targets = "method.targets=[q_proj,v_proj]"
    return run(place, "train", *words, f"paths.data={data}", "tracker=none", "quant=none", targets, *few)


@pytest.mark.long
def test_fetched_by_its_name_trained_offline_and_kept_as_yaml(
    chat_model: Path, small_data: Path, tmp_path: Path
) -> None:
    refused = train(tmp_path, small_data, f"model={NAME}", "data=turn")
    assert refused.returncode == 2
    assert f"hackmentor fetch model={NAME}" in refused.stderr
    ours = tmp_path / "ours"
    ours.mkdir()
    with serve_repository(NAME, chat_model) as hub:
        fetched = run(
            tmp_path, "fetch", f"model={NAME}", "--config-dir", "ours", "fetch.write_yaml=true",
            HF_ENDPOINT=hub, HF_HUB_OFFLINE="0",
        )  # fmt: skip
    assert fetched.returncode == 0, fetched.stderr
    assert f"{NAME} at main is commit {COMMIT}" in fetched.stdout
    kept = yaml.safe_load((ours / "base" / "tiny-chat-instruct.yaml").read_text())
    (size,) = kept["checkpoints"]
    assert kept["checkpoints"][size]["revision"] == COMMIT
    assert kept["checkpoints"][size]["geometry"]["layers"] == 2
    assert kept["lora_targets"] == ["all-linear"]
    assert kept["templates"] == {"iio": "own", "turn": "own"}
    planned = run(
        tmp_path, "plan", "--config-dir", "ours", "base=tiny-chat-instruct", f"size={size}", "data=turn",
        f"paths.data={small_data}", "plan.device=rtx-4090",
    )  # fmt: skip
    assert planned.returncode == 0, planned.stderr
    trained = train(tmp_path, small_data, f"model={NAME}", "data=turn")
    assert trained.returncode == 0, trained.stderr
    card = json.loads(
        (tmp_path / "outputs" / "adhoc" / f"tiny-chat-instruct-{size}-lora-turn" / "card.json").read_text()
    )
    assert (card["base"]["hub_id"], card["base"]["revision"]) == (NAME, COMMIT)
    assert card["base"]["licence"] == "mit"
    few = ("trainer=cpu", "quant=none", "chat.max_new_tokens=4", "chat.answer_room=16", "output=json")
    for words in ([f"tiny-chat-instruct-{size}-lora-turn"], [f"model={NAME}", "data=turn"], [f"model={NAME}"]):
        answered = run(tmp_path, "chat", *words, *few, question="Who?")
        assert answered.returncode == 0, answered.stderr
        is_cell = words != [f"model={NAME}"]
        assert json.loads(answered.stdout)["name"] == f"tiny-chat-instruct-{size}" + "-lora-turn" * is_cell


def test_a_folder_is_trained_and_an_edited_template_is_not_done(
    chat_model: Path, small_data: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(chat_model, tmp_path / "Mine-1b")
    words = (f"model={folder}", "data=turn")
    first = train(tmp_path, small_data, *words)
    assert first.returncode == 0, first.stderr
    cell = tmp_path / "outputs" / "adhoc" / "mine-1b-lora-turn"
    assert (cell / "adapter" / "chat_template.jinja").read_text() == CHATML
    (folder / "chat_template.jinja").write_text(CHATML.replace("<|im_end|>\\n", "<|im_end|>"))
    edited = train(tmp_path, small_data, *words)
    assert edited.returncode == 2
    assert "base.template_sha256 was" in edited.stderr
    (folder / "chat_template.jinja").unlink()
    without = train(tmp_path, small_data, *words)
    assert without.returncode == 2
    assert "has no chat template of its own" in without.stderr
    assert "alpaca, chatml, qwen3, vicuna" in without.stderr


def test_a_template_of_the_user_lies_in_the_config_dir(chat_model: Path, small_data: Path, tmp_path: Path) -> None:
    (tmp_path / "ours" / "templates").mkdir(parents=True)
    mine = CHATML.replace("message.role +", "message.role | upper +").replace(">assistant", ">ASSISTANT")
    (tmp_path / "ours" / "templates" / "mine.jinja").write_text(mine)
    words = (f"model={chat_model}", "size.name=1b", "data=turn", "base.templates.turn=mine")
    inspected = run(
        tmp_path, "data", "inspect", "--config-dir", "ours", *words, f"paths.data={small_data}", "inspect.records=1"
    )
    assert inspected.returncode == 0, inspected.stderr
    assert "USER" in inspected.stdout
    assert "there is no template 'mine'" in run(tmp_path, "data", "inspect", *words, f"paths.data={small_data}").stderr

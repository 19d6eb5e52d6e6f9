"""Each family through the real commands: train, reload, chat, export, and the ids that the export gives."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from hackmentor.chat.__main__ import main as chat
from hackmentor.evaluate.held_out_loss import compute_held_out_loss
from hackmentor.model.adapter import load_adapter
from hackmentor.model.base import load_saved_template
from hackmentor.model.identity import identify_base
from hackmentor.model.load import load_base
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.record import read_records
from tests.families.family_bases import FAMILIES, Family, write_base
from tests.families.varied_records import make_conversations
from tests.grid.forking import Forking

pytestmark = pytest.mark.tokenizers

QUESTION = "What does the log line say?\n\n    GET /../../etc/passwd"
CELL = "tiny-1m-lora-talks"
Run = Callable[..., str]


@pytest.fixture
def run(workplace: Path, forking_server: Forking) -> Run:
    """Runs a command that must succeed, and returns what it says."""

    def run_command(verb: str, *words: str) -> str:
        done = forking_server.run(verb, list(words), workplace)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run_command


def write_conversations(file: Path, *, with_system: bool) -> Path:
    conversations = make_conversations(48, seed=5, with_system=with_system)
    lines = [json.dumps({"messages": messages}, ensure_ascii=False) for messages in conversations]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def describe_model(name: str, base: Path) -> list[str]:
    """The overrides that name a family's base."""
    arguments = FAMILIES[name].arguments
    return [
        f"model={base}",
        "base.name=tiny",
        "size.name=1m",
        *(f"+base.template_arguments.{key}={str(value).lower()}" for key, value in arguments.items()),
        *(["base.templates.turn=vicuna"] if name == "vicuna" else []),
    ]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_step(
    name: str, workplace: Path, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    family, base = FAMILIES[name], write_base(name, workplace / name)
    file = write_conversations(workplace / "talks.jsonl", with_system=family.with_system)
    data = ["data=turn", "data.name=talks"]
    run("data", *data, f"data.sources=[{file}]", "data.filters=none", "data.eval_fraction=0.2")
    cell = [*describe_model(name, base), *data, "trainer=cpu", "trainer.precision=32-true", "quant=none"]
    loss = check_training(family, run, workplace, cell)

    folder = workplace / "outputs" / "adhoc" / CELL
    template = load_saved_template(folder / "adapter", base)
    assert template is not None
    reloaded, untuned = measure_reloaded(folder, base, template, workplace / "data" / "talks" / "eval.jsonl")
    assert reloaded == pytest.approx(loss, abs=1e-3)
    assert abs(untuned - loss) > 1e-2

    for words in ([CELL], [*describe_model(name, base), "data=turn"]):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(QUESTION.encode())))
        assert chat([*words, "quant=none", "chat.max_new_tokens=8", "output=json", "trainer=cpu"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["tokens"] > 0

    run("export", CELL, "format=merged", "format.dtype=fp32", "export.answer_tokens=4")
    merged = folder / "export" / "merged-fp32"
    for served in (folder / "adapter", merged):
        check_served_ids(family, template, served)
    stated = json.loads((merged / "generation_config.json").read_text())["eos_token_id"]
    assert {*family.stops, *template.stop_token_ids} <= {*(stated if isinstance(stated, list) else [stated])}


def check_training(family: Family, run: Run, workplace: Path, cell: list[str]) -> float:
    """Two steps, with every record; returns the held-out loss."""
    few = ["train.cutoff=512", "train.overlength=split", "train.batch_size=4", "optimizer.lr=0.02", "tracker=none",
           "trainer.max_steps=2"]  # fmt: skip
    said = run("train", *cell, *few)
    folder = workplace / "outputs" / "adhoc" / CELL
    card = json.loads((folder / "card.json").read_text())
    log = said + "".join(file.read_text() for file in folder.glob("*.log"))
    assert ("records go through the model one by one" in log) == (not family.packed)
    assert card["figures"]["steps"] == 2
    assert card["data"]["dropped"] == {}
    assert card["data"]["mask"]["end_cut"] == 0
    return float(card["figures"]["val_loss"])


def measure_reloaded(folder: Path, base: Path, template: ChatTemplate, held_out: Path) -> tuple[float, float]:
    """The held-out losses of the adapter, loaded on its base in this process, and of the base."""
    model = load_base(base, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    how: Any = {"records": read_records(held_out), "cutoff": 512, "micro_batch_tokens": 2048}
    untuned = compute_held_out_loss(model, template, **how)
    tuned = load_adapter(model, folder / "adapter", identify_base("tiny-1m", base))
    return compute_held_out_loss(tuned, template, **how).loss, untuned.loss


def check_served_ids(family: Family, template: ChatTemplate, folder: Path) -> None:
    """As transformers serve and vLLM do: AutoTokenizer, and the template that lies beside it."""
    from transformers import AutoTokenizer

    served: Any = AutoTokenizer.from_pretrained(folder)
    different = []
    for number, messages in enumerate(make_conversations(60, seed=9, with_system=family.with_system)):
        for place, message in enumerate(messages):
            if message["role"] == "assistant":
                ids = served.apply_chat_template(messages[:place], add_generation_prompt=True, return_dict=False)
                if ids != template.encode_prompt(messages[:place]):
                    different.append((number, place))
    assert different == []

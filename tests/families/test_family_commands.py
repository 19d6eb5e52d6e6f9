"""Each family through the real commands: train, reload, chat, export, and the ids that the export gives."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from hackmentor.cli import main
from hackmentor.evaluate.held_out_loss import compute_held_out_loss
from hackmentor.model.adapter import load_adapter
from hackmentor.model.base import load_saved_template
from hackmentor.model.identity import identify_base
from hackmentor.model.load import load_base
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.record import read_records
from tests.families.family_bases import FAMILIES, Family, write_base
from tests.families.varied_records import make_conversations

pytestmark = pytest.mark.tokenizers

QUESTION = "What does the log line say?\n\n    GET /../../etc/passwd"
CELL = "tiny-1m-lora-talks"
DATA = ("data=turn", "data.name=talks")
FEW = ("trainer=cpu", "trainer.precision=32-true", "quant=none", "tracker=none", "train.cutoff=512",
       "train.batch_size=4", "train.overlength=split", "optimizer.lr=0.02")  # fmt: skip


def run(verb: str, *words: str) -> None:
    """Runs a command that must succeed."""
    assert main([verb, *words]) == 0


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Path]:
    """A folder of data, built by `hackmentor data` from a file of conversations, with system messages or without."""

    @cache
    def build(with_system: bool) -> Path:
        folder = tmp_path_factory.mktemp("data")
        conversations = make_conversations(48, seed=5, with_system=with_system)
        lines = [json.dumps({"messages": messages}, ensure_ascii=False) for messages in conversations]
        (folder / "talks.jsonl").write_text("\n".join(lines), encoding="utf-8")
        source = [f"data.sources=[{folder / 'talks.jsonl'}]", "data.filters=none", "data.eval_fraction=0.2"]
        run("data", *DATA, *source, f"paths.data={folder}")
        return folder

    return build


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


# Its added tokens, as they are put together here, leave numbers out, and no saved tokenizer keeps such numbers.
UNSAVABLE = "phi4-mini"


def test_a_tokenizer_that_can_not_be_saved_is_refused_before_training(
    workplace: Path, talks: Callable[[bool], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    base, data = write_base(UNSAVABLE, workplace / UNSAVABLE), talks(FAMILIES[UNSAVABLE].with_system)
    assert main(["train", *describe_model(UNSAVABLE, base), *DATA, f"paths.data={data}", *FEW]) == 2
    said = capsys.readouterr()
    assert "its tokenizer can't be saved: token 2000" in said.out + said.err


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != UNSAVABLE])
def test_every_step(
    name: str,
    workplace: Path,
    talks: Callable[[bool], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    family, base = FAMILIES[name], write_base(name, workplace / name)
    data, cell = talks(family.with_system), workplace / "outputs" / "adhoc" / CELL
    capsys.readouterr()
    run("train", *describe_model(name, base), *DATA, f"paths.data={data}", *FEW, "trainer.max_steps=2")
    said = capsys.readouterr()
    assert ("records go through the model one by one" in said.out + said.err) == (not family.packed)
    card = json.loads((cell / "card.json").read_text())
    assert card["figures"]["steps"] == 2
    assert card["data"]["dropped"] == {}
    assert card["data"]["mask"]["end_cut"] == 0

    template = load_saved_template(cell / "adapter", base)
    assert template is not None
    tuned, untuned = measure_reloaded(cell, base, template, data / "talks" / "eval.jsonl")
    assert tuned == pytest.approx(card["figures"]["val_loss"], abs=1e-3)
    assert abs(untuned - tuned) > 1e-2

    for words in ([CELL], [*describe_model(name, base), "data=turn"]):
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(QUESTION.encode())))
        run("chat", *words, "quant=none", "chat.max_new_tokens=8", "output=json", "trainer=cpu")
        assert json.loads(capsys.readouterr().out)["tokens"] > 0

    run("export", CELL, "format=merged", "format.dtype=fp32", "export.answer_tokens=4")
    merged = cell / "export" / "merged-fp32"
    check_served_ids(family, template, cell / "adapter", count=12)
    check_served_ids(family, template, merged, count=60)
    stated = json.loads((merged / "generation_config.json").read_text())["eos_token_id"]
    assert {*family.stops, *template.stop_token_ids} <= {*(stated if isinstance(stated, list) else [stated])}


def measure_reloaded(folder: Path, base: Path, template: ChatTemplate, held_out: Path) -> tuple[float, float]:
    """The held-out losses of the adapter, loaded on its base in this process, and of the base."""
    model = load_base(base, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    how: Any = {"records": read_records(held_out), "cutoff": 512, "micro_batch_tokens": 2048}
    untuned = compute_held_out_loss(model, template, **how)
    tuned = load_adapter(model, folder / "adapter", identify_base("tiny-1m", base))
    return compute_held_out_loss(tuned, template, **how).loss, untuned.loss


def check_served_ids(family: Family, template: ChatTemplate, folder: Path, count: int) -> None:
    """As transformers serve and vLLM do: AutoTokenizer, and the template that lies beside it."""
    from transformers import AutoTokenizer

    served: Any = AutoTokenizer.from_pretrained(folder)
    different = []
    for number, messages in enumerate(make_conversations(count, seed=9, with_system=family.with_system)):
        for place, message in enumerate(messages):
            if message["role"] == "assistant":
                ids = served.apply_chat_template(messages[:place], add_generation_prompt=True, return_dict=False)
                if ids != template.encode_prompt(messages[:place]):
                    different.append((number, place))
    assert different == []

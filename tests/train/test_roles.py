"""Thoughts and tools from a user's file to a trained cell: what its card counts, what takes it apart from others."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from hackmentor.cli import main
from tests.prompts.test_roles import THINKER, TOOL
from tests.tiny import SENTENCES

CALL = {"type": "function", "function": {"name": "scan", "arguments": '{"port": 22}'}}


def make_dialogue(number: int) -> dict[str, Any]:
    question = {"role": "user", "content": f"Question {number}: {SENTENCES[number % len(SENTENCES)]}"}
    answer = {"role": "assistant", "content": f"It is open, number {number}.", "reasoning_content": "A thought."}
    if number % 2:
        return {"messages": [question, answer]}
    call = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    return {"messages": [question, call, {"role": "tool", "content": "open"}, answer], "tools": [TOOL]}


@pytest.fixture
def words(workplace: Path, tiny_llama: Path) -> list[str]:
    """Trains on twenty dialogues, half of them with a tool, with a base whose own template knows thoughts and tools."""
    lines = [json.dumps(make_dialogue(number)) for number in range(20)]
    (workplace / "talks.jsonl").write_text("\n".join(lines), encoding="utf-8")
    shutil.copytree(tiny_llama, "base")
    tokenizer = AutoTokenizer.from_pretrained("base")
    assert tokenizer.convert_tokens_to_ids("<|im_end|>") != tokenizer.unk_token_id
    tokenizer.chat_template = THINKER
    tokenizer.save_pretrained("base")
    return [
        "data=turn", "data.name=talks", "data.sources=[talks.jsonl]", "base.path=base", "base.templates.turn=own",
        "trainer=cpu", "tracker=none", "quant=none", "trainer.max_epochs=1", "train.batch_size=4", "train.cutoff=900",
        "train.validation_records=2", "train.validations=1",
    ]  # fmt: skip


def train(words: list[str], *more: str) -> dict[str, Any]:
    assert main(["train", *words, *more]) == 0
    card: dict[str, Any] = json.loads(Path("outputs/adhoc/smollm2-135m-lora-talks/card.json").read_text())
    return card["data"]


def test_a_cell_is_trained_on_thoughts_and_calls(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", *words]) == 0
    records = [json.loads(line) for line in Path("data/talks/train.jsonl").read_text().splitlines()]
    whole = train(words)
    assert (whole["records"], whole["dropped"]) == (len(records), {})
    assert whole["mask"]["ended"] == whole["mask"]["examples"]

    # As it is by default it is the same cell; otherwise it is another, which says what differs.
    assert main(["train", *words, "train.thoughts=train", "train.tool_calls=train"]) == 0
    assert "is done already" in capsys.readouterr().out
    assert main(["train", *words, "train.thoughts=drop"]) == 2
    assert "train.thoughts was None, now drop" in capsys.readouterr().err

    shutil.rmtree("outputs")
    with_tools = [record["id"] for record in records if "tools" in record]
    less = train(words, "train.thoughts=drop", "train.tool_calls=drop")
    assert list(less["dropped_ids"].values()) == [with_tools]
    assert less["without_thoughts_ids"] == [record["id"] for record in records if "tools" not in record]
    assert less["trained_tokens"] < whole["trained_tokens"]


def test_a_template_that_does_not_know_them_is_refused_with_the_record_and_the_way_out(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", *words]) == 0
    for verb in ("train", "plan"):
        assert main([verb, *words, "base.templates.turn=chatml"]) == 2
        said = "".join(capsys.readouterr())
        assert re.search(r"record \S*talks", said)
        assert "train.thoughts=drop" in said or "train.tool_calls=drop" in said
        assert "Traceback" not in said


def test_what_is_inspected_planned_and_evaluated_is_what_is_trained(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", *words]) == 0
    assert main(["data", "inspect", *words, "inspect.records=3"]) == 0
    assert "⟦<think>" in capsys.readouterr().out
    assert main(["plan", *words, "plan.output=plan.json"]) == 0
    whole = train(words)
    assert json.loads(Path("plan.json").read_text())["planned"][0]["work"]["tokens"] == whole["tokens"]

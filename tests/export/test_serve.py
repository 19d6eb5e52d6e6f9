"""What users do with an export of the real SmolLM2: `transformers serve`, asked by the official OpenAI client."""

from __future__ import annotations

from pathlib import Path

import openai
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from hackmentor.cli import main
from tests.conftest import REPOSITORY
from tests.endpoint.transformers_server import served
from tests.export.conftest import CELL

__all__ = ["served"]

pytestmark = [pytest.mark.slow, pytest.mark.long]

QUESTION = [{"role": "user", "content": "What is SQL injection?"}]


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory, small_data: Path, served: str) -> Path:
    """A cell of the real model, two steps long, exported; `served` has fetched the model."""
    outputs = tmp_path_factory.mktemp("real") / "outputs"
    words = [
        "base=smollm2", "size=135m", f"paths.models={REPOSITORY / 'models'}", f"paths.data={small_data}", "trainer=cpu",
        "trainer.max_steps=2", "train.batch_size=2", "train.cutoff=128", "train.overlength=truncate",
        "train.validations=1", "train.validation_records=2", "optimizer.lr=5e-3", "tracker=none",
    ]  # fmt: skip
    assert main(["train", *words, f"paths.outputs={outputs}"]) == 0
    asked = ["export.answer_tokens=8", "export.as_trained=false", "export.questions=[What is SQL injection?]"]
    assert main(["export", CELL, f"paths.outputs={outputs}", *asked]) == 0
    return outputs / "adhoc" / CELL / "export" / "merged-fp32"


def test_transformers_serve_answers_with_the_merged_cell(served: str, merged: Path) -> None:
    client = openai.OpenAI(base_url=served, api_key="none", timeout=120)
    answer = client.chat.completions.create(
        model=str(merged),
        messages=QUESTION,
        max_tokens=12,
        temperature=0.0,  # type: ignore[arg-type]
    )
    model = AutoModelForCausalLM.from_pretrained(merged, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(merged)
    prompt = tokenizer.apply_chat_template(QUESTION, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    said = model.generate(**prompt, max_new_tokens=12, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    assert answer.choices[0].message.content == tokenizer.decode(said, skip_special_tokens=True)

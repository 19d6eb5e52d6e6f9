"""The embedded grid on the real SmolLM2-135M in 8-bit, made small: the commands of README, in order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow

SMALL = [
    *(
        "data.max_train=64",
        "data.max_eval=16",
        "train.max_records=12",
        "train.validation_records=4",
        "evaluate.records=4",
    ),
    *(
        "evaluate.questions=1",
        "evaluate.max_new_tokens=12",
        "evaluate.safety.prompts=2",
        "evaluate.safety.max_new_tokens=8",
        "evaluate.exam.questions=9",
        "evaluate.exam.general=6",
        f"paths.models={REPOSITORY / 'models'}",
    ),
]

PEFT_ALONE = """
import sys
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
base, adapter = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(adapter)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter).eval()
question = [{"role": "user", "content": "What is CWE-79?"}]
prompt = tokenizer.apply_chat_template(question, add_generation_prompt=True, return_tensors="pt", return_dict=True)
said = model.generate(**prompt, max_new_tokens=12, do_sample=False)
print(tokenizer.decode(said[0, prompt["input_ids"].shape[1]:]))
assert "hackmentor" not in sys.modules
"""


def hackmentor(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "hackmentor", *words], cwd=cwd, capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    for verb in ("fetch", "data", "train", "evaluate"):
        hackmentor(verb, "experiment=embedded", *SMALL, cwd=folder)
    return folder


def test_both_cells_are_done(work: Path) -> None:
    for name in ("smollm2-135m-lora-iio", "smollm2-135m-lora-turn"):
        card = json.loads((work / "outputs" / "embedded" / name / "card.json").read_text())
        assert card["base"]["quant"] == "int8"
        assert card["base"]["revision"] == "12fd25f77366fa6b3b4b768ec3050bf629380bac"
        assert (work / "outputs" / "embedded" / name / "done.json").is_file()


def test_the_model_is_the_real_one(work: Path) -> None:
    verdict = json.loads((work / "outputs" / "embedded" / "verdict.json").read_text())
    values = {measure["name"]: measure["values"] for measure in verdict["measures"]}
    # A random model of this vocabulary has a loss of ln(49152) = 10.8 nats; one that reads English is far below.
    assert values["loss iio"]["smollm2-135m"] < 5


def test_peft_alone_loads_the_adapter(work: Path) -> None:
    base = REPOSITORY / "models" / "pretrained" / "smollm2-135m"
    adapter = work / "outputs" / "embedded" / "smollm2-135m-lora-iio" / "adapter"
    done = subprocess.run([sys.executable, "-c", PEFT_ALONE, base, adapter], capture_output=True, text=True, cwd=work)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_again_it_redoes_nothing(work: Path) -> None:
    files = [*work.rglob("done.json"), *work.rglob("held_out.json"), *work.rglob("train.jsonl")]
    before = {file: file.stat().st_mtime_ns for file in files}
    for verb in ("fetch", "data", "train", "evaluate"):
        hackmentor(verb, "experiment=embedded", *SMALL, cwd=work)
    assert {file: file.stat().st_mtime_ns for file in files} == before


# What README's and the tutorial's pages show after the evaluation, in their order; `{paths.models}` apart.
AFTER_THE_GRID = [
    ["review", "experiment=embedded", *SMALL],
    ["status", "experiment=embedded", *SMALL],
    ["chat", "smollm2-135m-lora-iio", SMALL[-1], "chat.max_new_tokens=4"],
    ["chat", "smollm2-135m", SMALL[-1], "chat.max_new_tokens=4"],
    ["chat", "smollm2-135m-lora-iio", "compare=smollm2-135m", SMALL[-1], "chat.max_new_tokens=4"],
    ["export", "smollm2-135m-lora-iio", "format=adapter"],
    ["sync", "experiment=embedded", "dry_run=true"],
]


@pytest.mark.parametrize("words", AFTER_THE_GRID, ids=lambda words: " ".join(words[:3]))
def test_after_the_grid(words: list[str], work: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hackmentor", *words],
        cwd=work,
        capture_output=True,
        text=True,
        input="What is CWE-79?\n",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.strip()

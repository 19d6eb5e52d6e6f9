"""The embedded grid on the real SmolLM2-135M in 8-bit, made small: the commands of README, in order."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.pages import list_commands, verb_of

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


# The pages that show what to do with the grid, and their commands in order, each once.
GUIDES = [REPOSITORY / "README.md", REPOSITORY / "README.zh-CN.md", REPOSITORY / "docs" / "tutorial.md"]
SHOWN = list(dict.fromkeys(command for page in GUIDES for command in list_commands(page)))

# What comes before a grid is finished is run by the fixture above or by tests of its own.
BEFORE = ("fetch", "data", "data teach", "data inspect", "plan", "train")
# Models that are not here: their commands are composed by test_docs.py. Battles and exams are files of the reader's.
NOT_HERE = re.compile(r"\b(?:llama|vicuna)-\d+b|experiment=paper|battles=battles\.jsonl|hackmentor mark ")
AFTER_THE_GRID = [
    command
    for command in SHOWN
    if verb_of(command) not in BEFORE and not NOT_HERE.search(command) and command != f"hackmentor {verb_of(command)}"
]
CELLS = ("smollm2-135m-lora-iio", "smollm2-135m-lora-turn")

# What is added to each command so that it is about this grid, and small; and what its output must say.
ADDED: dict[str, list[str]] = {
    "evaluate": SMALL,
    "status": SMALL,
    "review": SMALL,
    "chat": [SMALL[-1], "chat.max_new_tokens=4", "output=json"],
    "export": [SMALL[-1]],
    "sync": ["dry_run=true"],  # there is no server
}
EXPECTED: dict[str, tuple[str, ...]] = {
    "evaluate": (*CELLS, "what tuning did", "loss iio", "outputs/embedded/verdict.md"),
    "status": (*CELLS, "2 done", "smollm2-135m"),
    "review": ("outputs/embedded/review.html",),
    "chat": ('"name": "smollm2-135m-lora-iio"', '"text": "', '"tokens": '),
    "export": ("export",),
    "sync": ("evaluate", "embedded", "finished", "whole"),  # names are cut to the width of a terminal
}


def test_every_verb_after_the_grid_is_shown_and_looked_at() -> None:
    assert {verb_of(command) for command in AFTER_THE_GRID} == set(ADDED) == set(EXPECTED)
    assert {verb_of(command) for command in SHOWN} - {"mark", "rate"} == {*BEFORE, *ADDED}


@pytest.mark.parametrize(
    "command",
    [pytest.param(command, marks=pytest.mark.long if "format=ollama" in command else ()) for command in AFTER_THE_GRID],
)
def test_after_the_grid(command: str, work: Path) -> None:
    verb = verb_of(command)
    words = [*shlex.split(command), *ADDED[verb]][1:]
    with subprocess.Popen(
        [sys.executable, "-m", "hackmentor", *words],
        cwd=work,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if "review.watch=true" in command:  # the page says that Ctrl-C ends it
            assert process.stdout is not None
            first = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=120)
            out = first + out
        else:
            out, errors = process.communicate("What is CWE-79?\n")
    assert process.returncode == 0, out + errors
    assert "Traceback" not in out + errors
    said = " ".join((out + errors).split())
    for expected in EXPECTED[verb]:
        assert expected in said, f"{expected!r} is not in {said}"


def test_what_the_commands_leave_is_there(work: Path) -> None:
    page = (work / "outputs" / "embedded" / "review.html").read_text(encoding="utf-8")
    assert all(name in page for name in CELLS)
    kept = [json.loads(file.read_text()) for file in work.glob("outputs/embedded/*/state.json")]
    assert [state["state"] for state in kept] == ["done", "done"]


def test_the_base_answers_beside_a_cell_in_a_terminal(work: Path) -> None:
    """`/compare smollm2-135m`, as the tutorial has it."""
    assert "`/compare smollm2-135m`" in GUIDES[-1].read_text(encoding="utf-8")
    command = [sys.executable, "-m", "hackmentor", "chat", CELLS[0], SMALL[-1], "chat.max_new_tokens=4"]
    ours, theirs = os.openpty()
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "100"}
    with subprocess.Popen(command, cwd=work, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        os.write(ours, b"/compare smollm2-135m\nWhat is CWE-79?\n/quit\n")
        said = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while block := os.read(ours, 65536):
                said += block
    os.close(ours)
    text = said.decode(errors="replace")
    assert process.returncode == 0, text
    assert "smollm2-135m-lora-iio and smollm2-135m answer side by side" in " ".join(text.split())
    assert "Traceback" not in text


def test_a_base_and_two_names_answer_through_a_pipe(work: Path) -> None:
    for words in (["smollm2-135m"], [CELLS[0], "compare=smollm2-135m"]):
        done = subprocess.run(
            [sys.executable, "-m", "hackmentor", "chat", *words, *ADDED["chat"]],
            cwd=work,
            capture_output=True,
            text=True,
            input="What is CWE-79?\n",
        )
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert [answer["name"] for answer in answers] == [word.rpartition("=")[2] for word in words]

"""Chat through a pipe: only the answer is on standard output, whatever the input."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hackmentor.chat.chat_model import SamplingParams
from hackmentor.chat.conversation import Conversation
from hackmentor.chat.piped_chat import answer_messages, read_messages
from hackmentor.runtime.errors import UserError
from tests.chat.conftest import CELL, load_chat_model
from tests.model.test_load_adapter import Malicious, other_base

SAMPLING = SamplingParams(temperature=0, top_k=0, top_p=1, repetition_penalty=1, max_new_tokens=12)
FEW = (
    "chat.temperature=0",
    "chat.max_new_tokens=12",
    "chat.answer_room=64",
    "chat.repetition_penalty=1",
    "quant=none",
    "trainer=cpu",
)


def run_chat(*words: str, stdin: str | bytes = "What is CWE-79?") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "hackmentor", "chat", *words, *FEW],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def start_conversation() -> Conversation:
    return Conversation(load_chat_model(CELL), SAMPLING, reserved_tokens=64)


def test_the_answer_alone_is_on_standard_output(place: Path) -> None:
    """As another such process has it in its JSON: this one, with its own threads, may break a tie otherwise."""
    expected = json.loads(run_chat(CELL, "output=json").stdout)["text"]
    assert expected
    done = run_chat(CELL)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip("\n") == "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in expected)


def test_json_has_text_figures_and_why_it_ended(place: Path) -> None:
    out = io.StringIO()
    assert answer_messages([start_conversation()], ["Hi", "And then?"], "json", out) == 0
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert set(line) == {
            "name", "text", "prompt_tokens", "tokens", "stop", "seconds", "first_word_seconds", "left_out",
        }  # fmt: skip
        assert (line["name"], line["left_out"]) == (CELL, 0)
        assert line["stop"] == ("length" if line["tokens"] == 12 else "end")
    assert lines[1]["prompt_tokens"] > lines[0]["prompt_tokens"]
    assert out.getvalue().isascii()


def test_two_are_named(place: Path) -> None:
    out = io.StringIO()
    two = [start_conversation(), Conversation(load_chat_model("llama-7b"), SAMPLING, reserved_tokens=64)]
    assert answer_messages(two, ["Hi"], "text", out) == 0
    assert f"{CELL}:\n" in out.getvalue()
    assert "llama-7b:\n" in out.getvalue()


def test_messages() -> None:
    assert read_messages(io.BytesIO(b"\xef\xbb\xbfa\n\nb\n"), one_per_line=False) == ["a\n\nb\n"]
    assert read_messages(io.BytesIO(b"a\n\n/reset\n"), one_per_line=True) == ["a", "/reset"]
    for empty in (b"", b" \n"):
        with pytest.raises(UserError, match="is empty"):
            read_messages(io.BytesIO(empty), one_per_line=False)
    with pytest.raises(UserError, match=r"not UTF-8 text \(byte 1\)"):
        read_messages(io.BytesIO(b"a\xff"), one_per_line=False)


def test_ctrl_c_ends_with_130(place: Path) -> None:
    conversation = start_conversation()

    class Interrupting(io.StringIO):
        def write(self, text: str) -> int:
            before, _ = self.getvalue(), super().write(text)
            if not before:
                os.kill(os.getpid(), signal.SIGINT)
            return len(text)

    out = Interrupting()
    assert answer_messages([conversation], ["Hi", "Never asked"], "text", out) == 130
    assert len(conversation.messages) <= 2


def test_nobody_reads(place: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "hackmentor", "chat", CELL, *FEW],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b"Hi")
    process.stdin.close()
    said = process.stderr.read()
    assert (process.wait(), said) == (141, b"")


def make_hostile_adapter(kind: str, place: Path, tiny_llama: Path) -> tuple[list[str], str]:
    """Damages the adapter; returns the command line and the expected message."""
    cell, old = place / "outputs" / "embedded" / CELL, place / "models" / "lora_models" / "llama-7b-lora-iio"
    if kind == "another base":
        other_base(tiny_llama, place / "other")
        for file in tiny_llama.glob("tokenizer*"):
            (place / "other" / file.name).write_bytes(file.read_bytes())
        return [CELL, "base.path=other"], "it can't be put on smollm2-135m"
    if kind == "another shape":
        config = json.loads((old / "adapter_config.json").read_text())
        (cell / "adapter" / "adapter_config.json").write_text(json.dumps(config | {"r": 3}))
        return [CELL], "the file and the weights are of two adapters"
    if kind == "corrupt":
        (cell / "adapter" / "adapter_model.safetensors").write_bytes(b"\xff" * 1000)
        return [CELL], "can't be read"
    if kind == "corrupt config":
        (cell / "adapter" / "adapter_config.json").write_text("{")
        return [CELL], "no JSON"
    if kind == "corrupt card":
        (cell / "card.json").write_text("{")
        return [CELL], "card.json: is not JSON"
    torch.save({"base_model.model.x.lora_A.weight": Malicious(place / "made")}, old / "adapter_model.bin")
    return ["llama-7b-lora-iio"], "could run code, so it is not loaded"


@pytest.mark.parametrize(
    "kind", ["another base", "another shape", "corrupt", "corrupt config", "corrupt card", "a pickle with code"]
)
def test_a_hostile_adapter_is_a_sentence_and_nothing_of_it_runs(
    kind: str,
    place: Path,
    tiny_llama: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hackmentor.cli import main

    words, expected = make_hostile_adapter(kind, place, tiny_llama)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Hi")))
    assert main(["chat", *words, *FEW]) == 2
    said = capsys.readouterr()
    assert expected in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not (place / "made").exists()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(b"", "is empty"), (b"\xff\xfe", "not UTF-8"), (b"word " * 200_000, "is too long")],
    ids=["nothing", "no text", "1 MB"],
)
def test_hostile_input_is_a_sentence(
    asked: bytes,
    expected: str,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hackmentor.cli import main

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(asked)))
    assert main(["chat", CELL, *FEW]) == 2
    assert expected in capsys.readouterr().err

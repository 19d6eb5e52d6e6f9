"""Every format of a cell trained in 8-bit, loaded by the programs that it is for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from hackmentor.cli import main
from tests.export.conftest import CELL, Export

QUESTION = [{"role": "user", "content": "What is CWE-79?"}]


def read_export_record(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "export.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def encode_question(folder: Path, **where: str) -> tuple[Any, list[int]]:
    tokenizer = AutoTokenizer.from_pretrained(folder, **where)
    return tokenizer, tokenizer.apply_chat_template(QUESTION, add_generation_prompt=True)["input_ids"]


def compute_logits(model: Any, ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0]


@pytest.fixture
def reference(cell: Path, tiny_llama: Path) -> tuple[list[int], torch.Tensor]:
    """By peft alone: the prompt, and the logits of the adapter on the untouched base."""
    ids = encode_question(cell / "adapter")[1]
    base = AutoModelForCausalLM.from_pretrained(tiny_llama, dtype=torch.float32)
    untuned = compute_logits(base, ids)
    tuned = compute_logits(PeftModel.from_pretrained(base, cell / "adapter").eval(), ids)
    assert (tuned - untuned).abs().max() > 0.1  # or the comparisons below would show nothing
    return ids, tuned


def test_an_adapter_is_the_adapter(cell: Path, export: Export, reference: Any, tiny_llama: Path) -> None:
    assert export("format=adapter") == 0
    folder = cell / "export" / "adapter"
    assert (folder / "adapter_model.safetensors").read_bytes() == (
        cell / "adapter/adapter_model.safetensors"
    ).read_bytes()
    base = AutoModelForCausalLM.from_pretrained(tiny_llama, dtype=torch.float32)
    assert torch.equal(compute_logits(PeftModel.from_pretrained(base, folder).eval(), reference[0]), reference[1])


@pytest.mark.parametrize(("dtype", "max_difference"), [("fp32", 1e-4), ("bf16", 0.3)])
def test_a_merged_model_answers_as_the_adapter(
    cell: Path, export: Export, reference: Any, dtype: str, max_difference: float
) -> None:
    assert export("format=merged", f"format.dtype={dtype}") == 0
    folder = cell / "export" / f"merged-{dtype}"
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.dtype == {"fp32": torch.float32, "bf16": torch.bfloat16}[dtype]
    ids, expected = reference
    assert encode_question(folder)[1] == ids
    assert (compute_logits(model.float(), ids) - expected).abs().max() < max_difference
    assert model.generation_config.eos_token_id == [2]
    plain, trained = read_export_record(folder)["comparisons"]
    assert "int8" in trained["against"]
    assert plain["max_logit_difference"] < trained["max_logit_difference"] or dtype == "bf16"


@pytest.mark.parametrize(("dtype", "max_difference"), [("f32", 1e-4), ("f16", 0.02), ("q8_0", 0.5)])
def test_a_gguf_file_is_read_by_transformers(
    cell: Path, export: Export, reference: Any, dtype: str, max_difference: float
) -> None:
    assert export("format=gguf", f"format.dtype={dtype}") == 0
    folder, file = cell / "export" / f"gguf-{dtype}", f"{CELL}-{dtype}.gguf"
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    tokenizer, ids = encode_question(folder, gguf_file=file)
    assert ids == reference[0]
    assert "generation %}" not in tokenizer.chat_template
    assert (compute_logits(model, ids) - reference[1]).abs().max() < max_difference


LLAMA_CPP = """
import json, sys
import xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.n_ctx, settings.verbosity = sys.argv[1], 512, 0
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(settings)
request = {"max_tokens": 8, "temperature": 0, "top_k": 1, "repeat_penalty": 1.0}
said = [server.handle_chat_completions(request | {"messages": one}) for one in json.loads(sys.argv[2])]
print("SAID" + json.dumps([[one["choices"][0]["message"]["content"], one["usage"]["prompt_tokens"]] for one in said]))
"""


def answer_with_llama_cpp(file: Path, conversations: list[Any]) -> list[list[Any]]:
    """What llama.cpp answers, and how many tokens it made of each conversation by the file's own template."""
    command = [sys.executable, "-c", LLAMA_CPP, str(file), json.dumps(conversations)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.rpartition("SAID")[2])  # type: ignore[no-any-return]


def generate_until_tie(model: Any, ids: list[int], most: int = 8) -> tuple[list[int], bool]:
    """Greedy tokens up to the end of the answer (True), or to a token that another comes within 0.001 of (False).

    llama.cpp ends an answer at any token that ends one in some model, <|endoftext|> too, and rounds otherwise.
    """
    said: list[int] = []
    while len(said) < most:
        with torch.inference_mode():
            best = model(torch.tensor([[*ids, *said]])).logits[0, -1].topk(2)
        if best.values[0] - best.values[1] < 1e-3:
            return said, False
        if best.indices[0] < 3:  # the special tokens of `make_llama`
            break
        said.append(int(best.indices[0]))
    return said, True


def test_llama_cpp_answers_as_the_merged_model(cell: Path, export: Export) -> None:
    assert export("format=gguf", "format.dtype=f32") == 0
    assert export("format=merged") == 0
    folder = cell / "export" / "merged-fp32"
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), encode_question(folder)[0]
    conversations = [
        QUESTION,
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Zażółć 安全  2024"}],
        [*QUESTION, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "Why?"}],
    ]
    said = answer_with_llama_cpp(cell / "export" / "gguf-f32" / f"{CELL}-f32.gguf", conversations)
    for conversation, (text, tokens) in zip(conversations, said, strict=True):
        ids = tokenizer.apply_chat_template(conversation, add_generation_prompt=True)["input_ids"]
        assert tokens == len(ids)
        certain, whole = generate_until_tie(model, ids)
        answered = tokenizer.decode(certain)
        # A model of random weights says bytes that are no UTF-8; at some of them llama.cpp's message ends.
        alike = answered == text if whole else text.startswith(answered.rstrip("\ufffd"))
        assert alike or answered.startswith(f"{text}\ufffd"), (answered, text, whole)
    assert any(text for text, _ in said)


def test_a_modelfile_says_all_that_ollama_needs(cell: Path, export: Export) -> None:
    assert export("format=ollama", "format.temperature=0.2") == 0
    folder = cell / "export" / "ollama-f16"
    text = (folder / "Modelfile").read_text(encoding="utf-8")
    assert f"FROM ./{CELL}-f16.gguf\n" in text
    assert (folder / f"{CELL}-f16.gguf").is_file()
    assert '<|im_end|>\n{{ end }}<|im_start|>assistant\n"""\n' in text
    assert 'SYSTEM """You are a helpful AI assistant named SmolLM' in text
    assert 'PARAMETER stop "<|im_end|>"\n' in text
    assert "PARAMETER temperature 0.2\n" in text


def test_every_weight_of_a_full_fine_tune(
    training: list[str], outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *training, f"paths.outputs={outputs}", "method=full", "quant=none", "optimizer.lr=1e-3"]) == 0
    name = "smollm2-135m-full-iio"
    assert main(["export", name, "export.answer_tokens=4"]) == 0
    folder = outputs / "adhoc" / name
    saved = AutoModelForCausalLM.from_pretrained(folder / "adapter", dtype=torch.float32).state_dict()
    taken = AutoModelForCausalLM.from_pretrained(folder / "export" / "merged-fp32").state_dict()
    assert all(torch.equal(tensor, taken[key]) for key, tensor in saved.items())
    assert main(["export", name, "format=adapter"]) == 2
    assert "use format=merged" in capsys.readouterr().err


def test_the_same_again_is_left_alone_and_another_is_refused(
    cell: Path, export: Export, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export("format=adapter", "export.as_trained=false") == 0
    made = read_export_record(folder := cell / "export" / "adapter")["made"]
    assert export("format=adapter") == 0
    assert "already exported, complete and unchanged" in capsys.readouterr().out
    assert read_export_record(folder)["made"] == made
    with (folder / "README.md").open("a") as card:
        card.write("mine\n")
    assert export("format=adapter") == 2
    assert "its files are no longer as they were" in capsys.readouterr().err
    assert export("format=merged", f"export.folder={folder}") == 2
    assert "another format); remove it, or name another place with export.folder=" in capsys.readouterr().err
    assert (folder / "README.md").read_text(encoding="utf-8").endswith("mine\n")


def test_no_file_tells_of_the_machine(cell: Path, export: Export, tiny_llama: Path) -> None:
    assert export("format=adapter", "export.as_trained=false") == 0
    assert export("format=ollama", "export.as_trained=false") == 0
    for file in (cell / "export").rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for place in (Path.cwd(), tiny_llama, Path.home(), Path(sys.prefix)):
            assert str(place).encode() not in content, file

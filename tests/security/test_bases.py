"""Bases and tokenizers of a stranger's: what they ask for is not run, and costs no more than an honest one."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.pretrained.locate import describe_missing_files
from hackmentor.runtime.errors import UserError


class Code:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch ran",)


@pytest.fixture
def base(tiny_llama: Path, workplace: Path) -> Path:
    return shutil.copytree(tiny_llama, workplace / "base")


def edit(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def replace(content: str, *, times: int = 1) -> dict[str, Any]:
    rule = {"type": "Replace", "pattern": {"String": "a"}, "content": content}
    return {"type": "Sequence", "normalizers": [rule] * times}


def decode_long(times: int) -> dict[str, Any]:
    rule = {"type": "Replace", "pattern": {"Regex": "a*"}, "content": "b" * 30}
    return {"type": "Sequence", "decoders": [rule] * times}


def write_special(times: int) -> dict[str, Any]:
    both = [{"Sequence": {"id": name, "type_id": 0}} for name in "AB"]
    return {"type": "TemplateProcessing", "single": both[:1] * times, "pair": both, "special_tokens": {}}


@pytest.mark.parametrize(
    "changes",
    [
        {"normalizer": replace("a" * 10_000_000)},
        {"normalizer": replace("a" * 5, times=8)},
        {"normalizer": {"type": "Prepend", "prepend": "a" * 1_000}},
        {"decoder": decode_long(2)},
        {"post_processor": write_special(100_000)},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_a_tokenizer_that_makes_much_of_little_is_refused(changes: dict[str, Any], base: Path) -> None:
    edit(base / "tokenizer.json", **changes)
    with pytest.raises(UserError, match="much text of little"):
        load_tokenizer(base)


@pytest.mark.parametrize(
    "changes",
    [
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "Prepend", "prepend": "▁"}]}},
        {"normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}},
        {"normalizer": {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}},
        {"post_processor": write_special(1)},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_an_honest_tokenizer_is_loaded(changes: dict[str, Any], base: Path) -> None:
    edit(base / "tokenizer.json", **changes)
    assert load_tokenizer(base)("a probe")["input_ids"]


@pytest.mark.parametrize(
    "changes", [{"model_max_length": "x"}, {"padding_side": 5}, {"extra_special_tokens": 5}], ids=str
)
def test_a_setting_of_the_wrong_type_is_a_sentence(changes: dict[str, Any], base: Path) -> None:
    edit(base / "tokenizer_config.json", **changes)
    with pytest.raises(UserError, match=f"{base}: its tokenizer can't"):
        load_tokenizer(base)


@pytest.mark.parametrize(
    "changes",
    [
        {"_attn_implementation": "kernels-community/flash-attn"},
        {"attn_implementation": {"": "somebody/attention@main"}},
        {"text_config": {"_experts_implementation": "somebody/experts"}},
    ],
    ids=str,
)
def test_kernels_of_a_hub_are_not_fetched(changes: dict[str, Any], base: Path) -> None:
    edit(base / "config.json", **changes)
    assert "code on a hub" in str(describe_missing_files(base))


def make_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def link_nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.with_name("gone"))


def link_device(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("change", [make_pipe, link_nowhere, link_device])
def test_what_is_no_file_is_not_waited_for(change: Callable[[Path], None], name: str, base: Path) -> None:
    change(base / name)
    assert f"{name} is no file" in str(describe_missing_files(base))


def test_a_pickle_with_code_is_not_run(base: Path) -> None:
    (base / "model.safetensors").unlink()
    (base / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Code()}))
    with pytest.raises(UserError, match="a pickle that holds more than tensors") as refused:
        load_base(base, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    assert "weights_only" not in str(refused.value)
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"num_beams": 10**5, "num_return_sequences": 10**5},
        {"penalty_alpha": 1, "dola_layers": "high"},
        {"stop_strings": ["a"] * 1_000, "repetition_penalty": 1.05, "min_new_tokens": 10**9},
    ],
    ids=lambda settings: ",".join(settings),
)
def test_how_a_base_would_be_sampled_is_not_followed(settings: dict[str, Any], base: Path) -> None:
    edit(base / "generation_config.json", eos_token_id=3, **settings)
    model = load_base(base, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    kept = model.generation_config
    assert kept is not None
    assert kept.eos_token_id == 3
    assert all(getattr(kept, name) is None for name in settings)
    assert model.generate(torch.tensor([[5, 6]]), max_new_tokens=2, do_sample=False).shape[0] == 1

"""LLaMA and Vicuna with their real tokenizer as GGUF: llama.cpp makes the ids that were trained."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from hackmentor.export.gguf_model import write_gguf
from hackmentor.export.gguf_tokenizer import convert_tokenizer
from hackmentor.export.llama_cpp_ids import tokenize_with_llama_cpp
from hackmentor.export.served_ids import verify_served_ids
from tests.conversations import CONVERSATIONS
from tests.prompts.test_real_tokenizers import build_template, llama, vicuna, vicuna_new

__all__ = ["llama", "vicuna", "vicuna_new"]

pytestmark = pytest.mark.tokenizers


def write_tiny_gguf(template: object, file: Path) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32000, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=False,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval()
    write_gguf(model, convert_tokenizer(template), file, precision="f16", metadata={})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["vicuna", "alpaca"])
@pytest.mark.parametrize("folder_name", ["llama", "vicuna", "vicuna_new"])
def test_llama_cpp_makes_the_trained_ids(
    folder_name: str, name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    template = build_template(request.getfixturevalue(folder_name), name)
    write_tiny_gguf(template, tmp_path / "tiny.gguf")
    prompts = {
        f"{title}, {turn}": messages[:turn]
        for title, messages in CONVERSATIONS.items()
        for turn in range(1, len(messages), 2)
    }
    found = tokenize_with_llama_cpp(tmp_path / "tiny.gguf", list(prompts.values()))
    pairs = zip(prompts.items(), found, strict=True)
    assert [title for (title, messages), ids in pairs if ids != template.encode_prompt(messages)] == []


def test_a_file_is_checked_by_llama_cpp(vicuna: Path, tmp_path: Path) -> None:
    template = build_template(vicuna, "vicuna")
    write_tiny_gguf(template, tmp_path / "tiny.gguf")
    found = verify_served_ids(template, tmp_path, "tiny.gguf")
    assert found["transformers"].startswith("not checked")
    assert found["llama.cpp"] == "6 prompts, ids as trained"

"""A tiny random Llama with its tokenizer, and small data sets: what tests and benchmarks train where speed is all."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

SENTENCES = [
    "Describe the weakness in the code below and say how to fix it.",
    "An attacker sends a crafted request to the server and reads memory that is not his.",
    "Validate input, use prepared statements, and log every failed attempt.",
    "A chat between a curious user and an assistant. USER: ASSISTANT: ### Instruction: ### Response:",
    "system user assistant\n\nYes, no, because it is so. 0123456789 <think> </think> [](){};:'\"!?-_/\\",
]


def make_llama(folder: Path) -> Path:
    """Fills a folder with a random two-layer Llama of a few hundred KB and a byte-level tokenizer trained here."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    inner.train_from_iterator(
        SENTENCES, trainers.BpeTrainer(vocab_size=512, special_tokens=special, initial_alphabet=alphabet)
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<|im_start|>", eos_token="<|im_end|>", unk_token="<|endoftext|>"
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_data(folder: Path) -> Path:
    """Fills a folder with small iio and turn sets from the real catalogues."""
    from hackmentor.data.build import build_dataset
    from hackmentor.data.recipe import DatasetRecipe

    for shape in ("iio", "turn"):
        limits = {"max_train": 24, "max_eval": 8}
        recipe = DatasetRecipe(name=shape, shape=shape, sources=["cwe"], seed=0, eval_fraction=0.1, **limits)  # type: ignore[arg-type]
        build_dataset(recipe, folder / shape)
    return folder


def make_fixed_data(folder: Path) -> Path:
    """Fills a folder with 21 records of each shape to train on; no catalogue and no template decides how long they are.

    All have room in 256 tokens of the tokenizer of `make_llama`.
    """
    from hackmentor.data.build import build_dataset
    from hackmentor.data.recipe import DatasetRecipe

    limits = {"eval_fraction": 0.3, "max_train": 21, "max_eval": 8}
    folder.mkdir(parents=True, exist_ok=True)
    for shape in ("iio", "turn"):
        file = folder / f"own_{shape}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in _make_rows(shape)))
        recipe = DatasetRecipe(name=shape, shape=shape, sources=[str(file)], seed=0, filters="none", **limits)  # type: ignore[arg-type]
        build_dataset(recipe, folder / shape)
    return folder


def _make_rows(shape: str) -> Iterator[dict[str, object]]:
    chance = random.Random(0)

    def say(sentences: int) -> str:
        return " ".join(chance.choices(SENTENCES[:3], k=sentences))

    for number in range(40):
        if shape == "iio":
            yield {"instruction": f"Question {number}: {say(1)}", "output": f"{say(chance.randint(3, 6))} ({number})"}
        else:
            texts = [f"Question {number}: {say(1)}", say(1), "And then?", f"{say(chance.randint(1, 2))} ({number})"]
            roles = ("user", "assistant") * 2
            yield {"messages": [{"role": role, "content": text} for role, text in zip(roles, texts, strict=True)]}

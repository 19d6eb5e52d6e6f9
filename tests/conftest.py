"""What most tests need: a tiny random Llama with its tokenizer, small data sets, an empty working directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything of W&B or the hub is imported: a test sends nothing and asks nothing.
os.environ["WANDB_MODE"] = "offline"
os.environ["WANDB_SILENT"] = "true"
os.environ["HF_HUB_OFFLINE"] = "1"

# The same examples each time, however slow the machine.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

REPOSITORY = Path(__file__).resolve().parent.parent

SENTENCES = [
    "Describe the weakness in the code below and say how to fix it.",
    "An attacker sends a crafted request to the server and reads memory that is not his.",
    "Validate input, use prepared statements, and log every failed attempt.",
    "A chat between a curious user and an assistant. USER: ASSISTANT: ### Instruction: ### Response:",
    "system user assistant\n\nYes, no, because it is so. 0123456789 <think> </think> [](){};:'\"!?-_/\\",
]


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random two-layer Llama of a few hundred KB and a byte-level tokenizer trained here."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "tiny"
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


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with small iio and turn sets from the real catalogues."""
    from hackmentor.data.build import build_dataset
    from hackmentor.data.recipe import Recipe

    folder = tmp_path_factory.mktemp("data")
    for shape in ("iio", "turn"):
        limits = {"max_train": 24, "max_eval": 8}
        recipe = Recipe(name=shape, shape=shape, sources=["cwe"], seed=0, eval_fraction=0.1, **limits)  # type: ignore[arg-type]
        build_dataset(recipe, folder / shape)
    return folder


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory: outputs/, data/ and models/ are made there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tiny_words(tiny_llama: Path, small_data: Path) -> list[str]:
    """Overrides that make any cell of smollm2-135m a cell of the tiny Llama on the small data, done in a second."""
    return [
        f"base.path={tiny_llama}",
        f"paths.data={small_data}",
        "trainer=cpu",
        "trainer.max_epochs=1",
        "train.cutoff=256",
        "train.overlength=truncate",
        "train.validation_records=4",
        "evaluate.cutoff=256",
        "evaluate.records=4",
        "evaluate.questions=1",
        "evaluate.max_new_tokens=8",
        "evaluate.safety.prompts=2",
        "evaluate.safety.max_new_tokens=4",
        "evaluate.exam.questions=9",
        "evaluate.exam.general=6",
    ]

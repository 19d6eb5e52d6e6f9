"""The tokenizer of a folder: the same one that transformers would choose, without torch where that goes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.model.tokenizer import load_tokenizer
from tests.tiny import SENTENCES

LOADS = """
import sys
from pathlib import Path
from hackmentor.model.tokenizer import load_tokenizer
assert load_tokenizer(Path(sys.argv[1])).encode("Yes")
assert "torch" not in sys.modules
"""


def declaring(folder: Path, tiny_llama: Path, tokenizer_class: str) -> Path:
    """A copy of the tiny tokenizer that names another class."""
    copy = folder / "copy"
    shutil.copytree(tiny_llama, copy, ignore=shutil.ignore_patterns("*.safetensors"))
    file = copy / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"tokenizer_class": tokenizer_class}))
    return copy


def test_loads_without_torch(tiny_llama: Path) -> None:
    subprocess.run([sys.executable, "-c", LOADS, str(tiny_llama)], check=True)


@pytest.mark.parametrize("tokenizer_class", ["TokenizersBackend", "PreTrainedTokenizerFast"])
def test_it_is_the_one_that_transformers_chooses(tokenizer_class: str, tiny_llama: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    folder = declaring(tmp_path, tiny_llama, tokenizer_class)
    ours, theirs = load_tokenizer(folder), AutoTokenizer.from_pretrained(folder)
    assert type(ours) is type(theirs)
    assert ours.special_tokens_map | {"pad_token": None} == theirs.special_tokens_map | {"pad_token": None}
    assert [ours(text)["input_ids"] for text in SENTENCES] == [theirs(text)["input_ids"] for text in SENTENCES]


def test_it_can_pad(tiny_llama: Path) -> None:
    assert load_tokenizer(tiny_llama).pad_token == "<|endoftext|>"

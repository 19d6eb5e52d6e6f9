"""Load the tokenizer of a model folder. Needs no weights and, where the folder allows it, no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hackmentor.runtime.files import read_json

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def load_tokenizer(folder: Path, *, trust_remote_code: bool = False) -> PreTrainedTokenizerBase:
    """The tokenizer of a model folder, with a padding token (batched generation needs one)."""
    tokenizer = _load_from_folder(folder, trust_remote_code)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
    return tokenizer


def _load_from_folder(folder: Path, trust_remote_code: bool) -> PreTrainedTokenizerBase:
    # AutoTokenizer reads the model's configuration, and that imports torch. A folder that transformers 5 wrote without
    # a class of its own says so with this name: all of its tokenizer is in tokenizer.json.
    declared = read_json(folder / "tokenizer_config.json") or {}
    if declared.get("tokenizer_class") == "TokenizersBackend" and "auto_map" not in declared:
        from transformers import PreTrainedTokenizerFast

        return PreTrainedTokenizerFast.from_pretrained(folder)
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, trust_remote_code=trust_remote_code)

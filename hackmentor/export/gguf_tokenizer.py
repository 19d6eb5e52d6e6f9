"""The tokenizer and chat template of a model as a GGUF file holds them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gguf
from gguf import TokenType
from transformers.utils.chat_template_utils import render_jinja_template

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import without_marks
from hackmentor.runtime.errors import UserError

_BYTE = re.compile("<0x[0-9A-F]{2}>")
# How Llama 3 splits text before its merges, as its tokenizer.json has it.
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True)
class Vocabulary:
    """`kind` is llama.cpp's name of the tokenizer, `splitter` of what cuts text before the merges (None: nothing)."""

    kind: str
    splitter: str | None
    tokens: list[str]
    types: list[TokenType]
    scores: list[float] | None
    merges: list[str]
    special: Mapping[str, int]
    adds_bos: bool
    adds_space: bool
    chat_template: str

    def add_to(self, writer: gguf.GGUFWriter, *, size: int) -> None:
        """Writes it, filled up to the size of the model's embedding. Raises UserError if it is larger than that."""
        missing = size - len(self.tokens)
        if missing < 0:
            raise UserError(f"the tokenizer has {-missing} tokens more than the model has embeddings")
        writer.add_tokenizer_model(self.kind)
        if self.splitter is not None:
            writer.add_tokenizer_pre(self.splitter)
        writer.add_token_list(self.tokens + [f"[PAD{len(self.tokens) + index}]" for index in range(missing)])
        writer.add_token_types(self.types + [TokenType.UNUSED] * missing)
        if self.scores is not None:
            writer.add_token_scores(self.scores + [-1e4] * missing)
        else:
            writer.add_token_merges(self.merges)
        for name, token in self.special.items():
            getattr(writer, f"add_{name}_token_id")(token)
        writer.add_add_bos_token(self.adds_bos)
        writer.add_add_eos_token(False)
        writer.add_add_space_prefix(self.adds_space)
        writer.add_chat_template(self.chat_template)


def vocabulary(template: ChatTemplate) -> Vocabulary:
    """The vocabulary of a tokenizer of the Llama family: byte-level BPE, or SentencePiece's BPE with byte fallback.

    Raises:
        UserError: if it is of another kind, or cuts text in a way for which llama.cpp has no name.
    """
    content = json.loads(template.tokenizer.backend_tokenizer.to_str())
    model = content["model"]
    if model["type"] != "BPE":
        raise UserError(f"the tokenizer is {model['type']}; GGUF is written for BPE alone. Use format=merged")
    sentencepiece = bool(model.get("byte_fallback"))
    tokens = dict(enumerate(_by_id(model["vocab"]))) | {one["id"]: one["content"] for one in content["added_tokens"]}
    added = {one["id"]: bool(one["special"]) for one in content["added_tokens"]}
    pairs = [tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair) for pair in model["merges"]]
    return Vocabulary(
        kind="llama" if sentencepiece else "gpt2",
        splitter="default" if sentencepiece else _splitter(content["pre_tokenizer"]),
        tokens=[tokens[index] for index in sorted(tokens)],
        types=[_type(tokens[index], added.get(index), model.get("unk_token")) for index in sorted(tokens)],
        scores=_scores([tokens[index] for index in sorted(tokens)], pairs) if sentencepiece else None,
        merges=[" ".join(pair) for pair in pairs],
        special=_special(template),
        adds_bos=_writes_bos(template),
        adds_space=sentencepiece and '"▁"' in json.dumps(content["normalizer"], ensure_ascii=False),
        chat_template=without_marks(template.source),
    )


def _by_id(vocabulary: Mapping[str, int]) -> list[str]:
    return [token for token, _ in sorted(vocabulary.items(), key=lambda item: item[1])]


def _splitter(pre_tokenizer: Any) -> str:  # noqa: ANN401 - JSON of the tokenizers library
    """llama.cpp's name for how text is cut before the merges: by what the tokenizer does, not by what it is called."""
    steps = pre_tokenizer.get("pretokenizers", [pre_tokenizer]) if pre_tokenizer else []
    match [(step["type"], step.get("pattern", {}).get("Regex"), step.get("individual_digits")) for step in steps]:
        case [("ByteLevel", None, None)] if steps[0].get("use_regex"):
            return "gpt-2"
        case [("Digits", None, True), ("ByteLevel", None, None)] if steps[1].get("use_regex"):
            return "smollm"
        case [("Split", pattern, None), ("ByteLevel", None, None)] if pattern == _LLAMA3:
            return "llama-bpe"
    raise UserError(
        "the tokenizer cuts text in a way for which this program knows no name of llama.cpp's. "
        "Use format=merged, and convert_hf_to_gguf.py of llama.cpp on it"
    )


def _type(token: str, special: bool | None, unknown: str | None) -> TokenType:
    if token == unknown:
        return TokenType.UNKNOWN
    if special is not None:
        return TokenType.CONTROL if special else TokenType.USER_DEFINED
    return TokenType.BYTE if _BYTE.fullmatch(token) else TokenType.NORMAL


def _scores(tokens: list[str], pairs: list[tuple[str, ...]]) -> list[float]:
    """SentencePiece merges the pair whose result has the highest score: the result of the first merge gets it.

    tokenizer.json has the order of the merges instead of scores; that order is all that is asked of them.
    """
    ranks: dict[str, int] = {}
    for rank, pair in enumerate(pairs):
        ranks.setdefault("".join(pair), rank)
    return [-float(ranks.get(token, len(pairs))) for token in tokens]


def _special(template: ChatTemplate) -> dict[str, int]:
    tokenizer = template.tokenizer
    ids = {
        "bos": tokenizer.bos_token_id,
        "eos": tokenizer.eos_token_id,
        "unk": tokenizer.unk_token_id,
        "pad": tokenizer.pad_token_id,
    }
    ends = [index for index in template.stop_ids if index != tokenizer.eos_token_id]
    return {name: index for name, index in (ids | {"eot": ends[0] if ends else None}).items() if index is not None}


def _writes_bos(template: ChatTemplate) -> bool:
    """Whether a conversation begins with BOS as such. ChatML's first token can be the same one, and is none."""
    sentinel = "\ue002"
    said = [{"role": "user", "content": "."}]
    rendered, _ = render_jinja_template(
        conversations=[said],
        chat_template=template.source,
        **(template.tokenizer.special_tokens_map | {"bos_token": sentinel}),
    )
    return str(rendered[0]).startswith(sentinel)

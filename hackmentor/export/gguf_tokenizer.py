"""The tokenizer and chat template of a model in the form of a GGUF file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import gguf
from gguf import TokenType

from hackmentor.export.gguf_support import find_tokenizer_obstacle, identify_pre_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.prefix_space import get_prefix_space
from hackmentor.prompts.render import render_messages
from hackmentor.prompts.templates import strip_generation_tags
from hackmentor.runtime.errors import UserError

_BYTE = re.compile("<0x[0-9A-F]{2}>")


@dataclass(frozen=True)
class GgufTokenizer:
    """Tokenizer fields of a GGUF file; `model` and `pre_tokenizer` (None: none) are llama.cpp's names."""

    model: str
    pre_tokenizer: str | None
    tokens: list[str]
    types: list[TokenType]
    scores: list[float] | None
    merges: list[str]
    special_token_ids: Mapping[str, int]
    adds_bos: bool
    adds_space_prefix: bool
    chat_template: str

    def write_to(self, writer: gguf.GGUFWriter, *, vocab_size: int) -> None:
        """Writes the fields, padded to `vocab_size` tokens; raises UserError if there are more than that."""
        missing = vocab_size - len(self.tokens)
        if missing < 0:
            raise UserError(f"the tokenizer has {-missing} more tokens than the model has embeddings")
        writer.add_tokenizer_model(self.model)
        if self.pre_tokenizer is not None:
            writer.add_tokenizer_pre(self.pre_tokenizer)
        writer.add_token_list(self.tokens + [f"[PAD{len(self.tokens) + index}]" for index in range(missing)])
        writer.add_token_types(self.types + [TokenType.UNUSED] * missing)
        if self.scores is not None:
            writer.add_token_scores(self.scores + [-1e4] * missing)
        else:
            writer.add_token_merges(self.merges)
        for name, token in self.special_token_ids.items():
            getattr(writer, f"add_{name}_token_id")(token)
        writer.add_add_bos_token(self.adds_bos)
        writer.add_add_eos_token(False)
        writer.add_add_space_prefix(self.adds_space_prefix)
        writer.add_chat_template(self.chat_template)


def convert_tokenizer(template: ChatTemplate) -> GgufTokenizer:
    """Converts a tokenizer of the Llama family: byte-level BPE, or SentencePiece's BPE with byte fallback.

    Raises:
        UserError: if it is of another type, or llama.cpp has no name for its pre-tokenizer.
    """
    content = json.loads(template.tokenizer.backend_tokenizer.to_str())
    if reason := find_tokenizer_obstacle(content):
        raise UserError(f"{reason}. Use format=merged, and convert_hf_to_gguf.py of llama.cpp on it")
    model = content["model"]
    sentencepiece = bool(model.get("byte_fallback"))
    tokens = dict(enumerate(_sort_by_id(model["vocab"]))) | {
        entry["id"]: entry["content"] for entry in content["added_tokens"]
    }
    added = {entry["id"]: bool(entry["special"]) for entry in content["added_tokens"]}
    pairs = [tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair) for pair in model["merges"]]
    return GgufTokenizer(
        model="llama" if sentencepiece else "gpt2",
        pre_tokenizer="default" if sentencepiece else identify_pre_tokenizer(content["pre_tokenizer"]),
        tokens=[tokens[index] for index in sorted(tokens)],
        types=[_classify_token(tokens[index], added.get(index), model.get("unk_token")) for index in sorted(tokens)],
        scores=_compute_merge_scores([tokens[index] for index in sorted(tokens)], pairs) if sentencepiece else None,
        merges=[" ".join(pair) for pair in pairs],
        special_token_ids=_collect_special_token_ids(template),
        adds_bos=_template_writes_bos(template),
        # llama.cpp puts the space after each control token, as the old tokenizer of Llama does.
        adds_space_prefix=sentencepiece and get_prefix_space(template.tokenizer.backend_tokenizer) == "always",
        chat_template=strip_generation_tags(template.source),
    )


def _sort_by_id(vocab: Mapping[str, int]) -> list[str]:
    return [token for token, _ in sorted(vocab.items(), key=lambda item: item[1])]


def _classify_token(token: str, special: bool | None, unk_token: str | None) -> TokenType:
    if token == unk_token:
        return TokenType.UNKNOWN
    if special is not None:
        return TokenType.CONTROL if special else TokenType.USER_DEFINED
    return TokenType.BYTE if _BYTE.fullmatch(token) else TokenType.NORMAL


def _compute_merge_scores(tokens: list[str], pairs: list[tuple[str, ...]]) -> list[float]:
    """Scores for SentencePiece, which merges the pair whose result scores highest: the first merge gets the highest.

    tokenizer.json has the order of the merges instead of scores, and only their order matters.
    """
    ranks: dict[str, int] = {}
    for rank, pair in enumerate(pairs):
        ranks.setdefault("".join(pair), rank)
    return [-float(ranks.get(token, len(pairs))) for token in tokens]


def _collect_special_token_ids(template: ChatTemplate) -> dict[str, int]:
    tokenizer = template.tokenizer
    ids = {
        "bos": tokenizer.bos_token_id,
        "eos": tokenizer.eos_token_id,
        "unk": tokenizer.unk_token_id,
        "pad": tokenizer.pad_token_id,
    }
    turn_ends = [index for index in template.stop_token_ids if index != tokenizer.eos_token_id]
    return {
        name: index for name, index in (ids | {"eot": turn_ends[0] if turn_ends else None}).items() if index is not None
    }


def _template_writes_bos(template: ChatTemplate) -> bool:
    """Whether the template itself writes BOS first. ChatML may start with the same token in another role."""
    sentinel = "\ue002"
    messages = [{"role": "user", "content": "."}]
    tokens = template.tokenizer.special_tokens_map | {"bos_token": sentinel}
    rendered, _ = render_messages(tokens, template.source, messages, prompt=False)
    return rendered.startswith(sentinel)

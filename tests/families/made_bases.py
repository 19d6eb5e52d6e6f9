"""Small bases with the tokenizers that families differ by, made here: no file of another project is needed."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.families import own_forms
from tests.tiny import SENTENCES

_SIZES = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512,
}  # fmt: skip
PHI = (
    "{%- for message in messages %}{{- '<|' ~ message.role ~ '|>\\n' ~ message.content ~ '<|end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|assistant|>\\n' }}{%- else %}{{- eos_token }}{%- endif %}"
)
GEMMA = (
    "{{- bos_token }}\n"
    "{%- for message in messages %}\n"
    "{{- '<start_of_turn>' ~ ('model' if message.role == 'assistant' else message.role) ~ '\\n' }}"
    "{{- message.content | trim ~ '<end_of_turn>\\n' }}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}{{- '<start_of_turn>model\\n' }}{%- endif %}\n"
)


def write_weights(folder: Path, vocabulary: int, stops: Sequence[int]) -> None:
    """Writes a random Llama with so many embeddings, and a generation_config.json that names the tokens it stops at."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(vocab_size=vocabulary, eos_token_id=stops[0], **_SIZES)).save_pretrained(folder)  # type: ignore[arg-type]
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": list(stops)}))


def make_sentencepiece_base(folder: Path, **declared: Any) -> Path:
    """A Llama whose tokenizer is SentencePiece's tokenizer.model alone, with Llama 2's form of a chat template."""
    import sentencepiece

    folder.mkdir(parents=True)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*SENTENCES, "def f(x):\n    return x", "[INST] <<SYS>> [/INST]"]), model_writer=model,
        model_type="bpe", vocab_size=420, byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True, character_coverage=1.0,
        minloglevel=2,
    )  # fmt: skip
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    config = {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config | declared))
    (folder / "chat_template.jinja").write_text(own_forms.LLAMA2)
    write_weights(folder, 420, (2,))
    return folder


def make_byte_level_base(
    folder: Path, template: str, tokens: Sequence[dict[str, Any]], *, stops: Sequence[str], surplus: int
) -> Path:
    """A Llama with a byte-level tokenizer and added tokens, in their order the first after the vocabulary.

    Args:
        folder: is made.
        template: the chat template.
        tokens: arguments of AddedToken; the first one is the end of a text.
        stops: the tokens that generation_config.json names.
        surplus: how many more embeddings than tokens there are; fewer, if it is negative.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    inner.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet))
    inner.add_tokens([AddedToken(**{"normalized": False, "special": True, **token}) for token in tokens])
    first = str(tokens[0]["content"])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token=first, eos_token=first, pad_token=first)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    write_weights(folder, len(tokenizer) + surplus, [tokenizer.convert_tokens_to_ids(stop) for stop in stops])
    return folder


def make_phi_like_base(folder: Path) -> Path:
    """Its role tokens take the white space behind them; more embeddings than tokens; it stops at two tokens."""
    names = ("<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>", "<|end|>")
    tokens = [{"content": name, "rstrip": name != "<|endoftext|>"} for name in names]
    return make_byte_level_base(folder, PHI, tokens, stops=("<|end|>", "<|endoftext|>"), surplus=37)


def make_gemma_like_base(folder: Path) -> Path:
    """Line breaks and HTML tags are added tokens that are not special; the last token has no embedding."""
    special = ["<eos>", "<start_of_turn>", "<end_of_turn>"]
    plain = ["\n", "\n\n", "\n\n\n", "\t\t", "<h1>", "<b>"]
    tokens = [{"content": name} for name in special] + [{"content": name, "special": False} for name in plain]
    tokens += [{"content": "<image_soft_token>"}]
    # "\n" is named among the stops, as a template of TRL's would make one: every answer would end at its first line.
    return make_byte_level_base(folder, GEMMA, tokens, stops=("<eos>", "<end_of_turn>", "\n"), surplus=-1)

"""A Llama with the tokenizer of Llama 1 and Vicuna (SentencePiece's BPE with byte fallback) as a GGUF file."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, trainers
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from hackmentor.export.compare_outputs import encode_prompts
from hackmentor.export.writers import build_gguf_writer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from tests.export.test_export import answer_with_llama_cpp
from tests.tiny import SENTENCES

FILE = "tiny.gguf"


def build_vicuna_like_template() -> ChatTemplate:
    inner = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    inner.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    inner.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", "</s>"]
    pieces = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=special + pieces, max_token_length=12)
    inner.train_from_iterator(SENTENCES, trainer)
    # Byte pieces are no added tokens in Llama's own file: text that says <0x41> is text.
    content = Tokenizer.from_str(inner.to_str())
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_keep_added_tokens(content, len(special)),
        bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<unk>",
    )  # fmt: skip
    return ChatTemplate(tokenizer, load_template("vicuna", None))


def _keep_added_tokens(tokenizer: Tokenizer, count: int) -> Tokenizer:
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = content["added_tokens"][:count]
    return Tokenizer.from_str(json.dumps(content))


def test_its_tokens_are_the_same_in_transformers_and_llama_cpp(tmp_path: Path) -> None:
    template = build_vicuna_like_template()
    torch.manual_seed(0)
    size = len(template.tokenizer)
    config = LlamaConfig(
        vocab_size=size, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=512, tie_word_embeddings=False,
    )  # fmt: skip
    write = build_gguf_writer(template, "f32", FILE, {"name": "tiny"})
    write(LlamaForCausalLM(config).eval(), tmp_path, encode_prompts(template, ["What is it?"], 8))
    read = AutoTokenizer.from_pretrained(tmp_path, gguf_file=FILE)
    assert [read(text)["input_ids"] for text in SENTENCES[:3]] == [
        [1, *template.tokenizer(text, add_special_tokens=False)["input_ids"]] for text in SENTENCES[:3]
    ]
    conversation = [{"role": "user", "content": SENTENCES[1]}]
    rendered = template.tokenizer.apply_chat_template(
        conversation, chat_template=template.source, add_generation_prompt=True, tokenize=False
    )
    ids = template.tokenizer(rendered.removeprefix("<s>"), add_special_tokens=False)["input_ids"]
    [(_, tokens)] = answer_with_llama_cpp(tmp_path / FILE, [conversation])
    assert tokens == len(ids) + 1

"""Streaming prints what decoding the whole answer prints."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from hackmentor.chat.reply_streamer import ReplyStreamer
from hackmentor.model.tokenizer import load_tokenizer
from tests.conversations import CONVERSATIONS
from tests.real_tokenizers import HUB_FAMILIES, get_hub_folder, make_llama_folder

INDENTED = "def f(x):\n    if x:\n        return 1\n    return 2"


def stream(tokenizer: Any, ids: list[int]) -> str:
    said: list[str] = []
    streamer = ReplyStreamer(tokenizer, said.append)
    streamer.put(torch.tensor([[1, 2, 3]]))
    for index in ids:
        streamer.put(torch.tensor([index]))
    streamer.end()
    assert "".join(said) == streamer.text
    return streamer.text


def check_streaming(tokenizer: Any) -> None:
    texts = [message["content"] for messages in CONVERSATIONS.values() for message in messages]
    for text in [INDENTED, *texts]:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        whole = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        assert stream(tokenizer, ids).strip() == whole.strip()
    assert stream(tokenizer, tokenizer(INDENTED, add_special_tokens=False)["input_ids"]) == INDENTED
    draw = random.Random(0)
    for _ in range(20):  # a model of random weights says halves of characters
        ids = [draw.randrange(min(len(tokenizer), 2000)) for _ in range(30)]
        whole = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        assert stream(tokenizer, ids).strip() == whole.strip()


def test_streaming_equals_decoding(tiny_llama: Path) -> None:
    check_streaming(load_tokenizer(tiny_llama))


def test_an_indented_answer_stays_indented(tiny_llama: Path) -> None:
    tokenizer = load_tokenizer(tiny_llama)
    for text, printed in ((" Yes.", "Yes."), ("\n\nYes.", "Yes."), ("    return 1", "    return 1")):
        assert stream(tokenizer, tokenizer(text, add_special_tokens=False)["input_ids"]) == printed


@pytest.mark.tokenizers
@pytest.mark.parametrize("family", ["llama", *HUB_FAMILIES])
def test_streaming_equals_decoding_with_real_tokenizers(family: str, tmp_path: Path) -> None:
    check_streaming(load_tokenizer(make_llama_folder(tmp_path) if family == "llama" else get_hub_folder(family)))

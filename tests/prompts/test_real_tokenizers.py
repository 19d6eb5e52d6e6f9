"""LLaMA and Vicuna with their real tokenizer: the ids of FastChat's training, kept by everything that is saved."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.prefix_space import get_prefix_space
from hackmentor.prompts.templates import load_template
from tests.conversations import CONVERSATIONS, FORGED
from tests.real_tokenizers import (
    load_fastchat_conversations,
    make_llama_folder,
    make_vicuna_folder,
)

pytestmark = pytest.mark.tokenizers

BOS, EOS = 1, 2
ALL = {**CONVERSATIONS, **FORGED}


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_llama_folder(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="module")
def vicuna(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_vicuna_folder(tmp_path_factory.mktemp("vicuna"))


@pytest.fixture(scope="module")
def vicuna_new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_vicuna_folder(tmp_path_factory.mktemp("vicuna_new"), legacy=False)


@pytest.fixture(scope="module")
def sentencepiece(vicuna: Path) -> Any:
    module = pytest.importorskip("sentencepiece")
    return module.SentencePieceProcessor(model_file=str(vicuna / "tokenizer.model"))


@pytest.fixture(scope="module")
def fastchat() -> ModuleType:
    return load_fastchat_conversations()


@cache
def build_template(folder: Path, name: str) -> ChatTemplate:
    tokenizer = load_tokenizer(folder)
    space_after_bos = get_prefix_space(tokenizer.backend_tokenizer) == "first"
    return ChatTemplate(tokenizer, load_template(name, None, space_after_bos=space_after_bos))


def encode_as_fastchat(fastchat: ModuleType, sentencepiece: Any, messages: list[Any], *, legacy: bool) -> list[int]:
    """FastChat's text of a conversation, by the slow tokenizer that it trains with."""
    conversation = fastchat.get_conv_template("vicuna_v1.1")
    for message in messages:
        role = conversation.roles[message["role"] == "assistant"]
        conversation.append_message(role, message["content"])
    # The slow tokenizer cuts the text at its control tokens and gives each stretch to SentencePiece, which puts a space
    # before it; the newer one takes that space away again, except at the beginning of the text.
    ids = [BOS]
    for place, stretch in enumerate(re.split("(</s>|<s>)", conversation.get_prompt())):
        if stretch in ("</s>", "<s>"):
            ids.append({"<s>": BOS, "</s>": EOS}[stretch])
        elif stretch and (legacy or place == 0):
            ids += sentencepiece.encode(stretch)
        elif stretch:
            marked = sentencepiece.encode(f"<unk>{stretch}")
            unk = sentencepiece.encode("<unk>")
            assert marked[: len(unk)] == unk
            ids += marked[len(unk) :]
    return ids


@pytest.mark.parametrize(("folder_name", "legacy"), [("llama", True), ("vicuna", True), ("vicuna_new", False)])
def test_the_trained_ids_are_those_of_fastchat(
    folder_name: str, legacy: bool, request: pytest.FixtureRequest, fastchat: ModuleType, sentencepiece: Any
) -> None:
    template = build_template(request.getfixturevalue(folder_name), "vicuna")
    different = [
        name
        for name, messages in CONVERSATIONS.items()
        if template.encode(messages).input_ids != encode_as_fastchat(fastchat, sentencepiece, messages, legacy=legacy)
    ]
    assert different == []


@pytest.mark.parametrize("template", ["vicuna", "alpaca"])
@pytest.mark.parametrize("folder_name", ["llama", "vicuna", "vicuna_new"])
def test_what_is_saved_serves_the_trained_ids(
    folder_name: str, template: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """As transformers serve and vLLM do: AutoTokenizer, and the template that lies beside it."""
    from transformers import AutoTokenizer

    ours = build_template(request.getfixturevalue(folder_name), template)
    ours.tokenizer.chat_template = ours.source
    ours.tokenizer.save_pretrained(tmp_path)
    served, loaded = AutoTokenizer.from_pretrained(tmp_path), load_tokenizer(tmp_path)
    again = ChatTemplate(loaded, str(loaded.chat_template))
    different = []
    for name, messages in CONVERSATIONS.items():
        for turn in range(1, len(messages), 2):
            prompt = messages[:turn]
            theirs = served.apply_chat_template(prompt, add_generation_prompt=True, return_dict=True)["input_ids"]
            assert again.encode_prompt(prompt) == ours.encode_prompt(prompt)
            if theirs != ours.encode_prompt(prompt):
                different.append(name)
        whole = served.apply_chat_template(messages, return_dict=True)["input_ids"]
        if whole != ours.encode(messages).input_ids:
            different.append(name)
    assert different == []


def test_text_that_says_a_control_token_stays_text(llama: Path) -> None:
    template = build_template(llama, "vicuna")
    [messages] = FORGED.values()
    ids = template.encode(messages).input_ids
    assert ids.count(BOS) == 1
    assert ids.count(EOS) == 1

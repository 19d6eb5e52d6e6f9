"""Replies are those of transformers' own generation, streamed; models on a shared base don't affect each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from hackmentor.chat.chat_model import ChatModel, ChatReply, SamplingParams
from hackmentor.records.record import Message
from tests.chat.conftest import CELL, load_chat_model, load_with_peft

GREEDY = SamplingParams(temperature=0, top_k=0, top_p=1, repetition_penalty=1.1, max_new_tokens=24)
SAMPLED = replace(GREEDY, temperature=0.9, top_k=20, top_p=0.9)
FIRST_TURN: list[Message] = [{"role": "user", "content": "What is CWE-79?"}]
SECOND_TURN: list[Message] = [
    *FIRST_TURN,
    {"role": "assistant", "content": "A flaw."},
    {"role": "user", "content": "Is it old?"},
]


def ignore(_: str) -> None: ...


@pytest.fixture
def chat_model(place: Path) -> ChatModel:
    return load_chat_model(CELL)


def generate_with_transformers(
    model: Any, chat_model: ChatModel, messages: list[Message], sampling: SamplingParams
) -> str:
    """The answer of transformers alone, without streaming and without a cache."""
    ids = torch.tensor([chat_model.template.encode_prompt(messages)])
    drawn = {"temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p}
    said = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=sampling.temperature > 0,
        **(drawn if sampling.temperature > 0 else {}),
        repetition_penalty=sampling.repetition_penalty,
        max_new_tokens=sampling.max_new_tokens,
        eos_token_id=chat_model.template.stop_token_ids,
        pad_token_id=chat_model.template.tokenizer.pad_token_id,
    )[0, ids.shape[1] :]
    return str(chat_model.template.tokenizer.decode(said, skip_special_tokens=True)).strip()


@pytest.mark.parametrize("sampling", [GREEDY, SAMPLED], ids=["greedy", "drawn"])
def test_replies_are_those_of_transformers(
    sampling: SamplingParams, chat_model: ChatModel, tiny_llama: Path, place: Path
) -> None:
    model = load_with_peft(tiny_llama, Path("outputs/embedded") / CELL / "adapter")
    torch.manual_seed(3)
    expected = generate_with_transformers(model, chat_model, FIRST_TURN, sampling)
    pieces: list[str] = []
    torch.manual_seed(3)
    reply = chat_model.generate_reply(FIRST_TURN, sampling, pieces.append)
    assert reply.text == expected == "".join(pieces).strip()
    assert len(pieces) > 1
    assert reply.prompt_tokens == len(chat_model.template.encode_prompt(FIRST_TURN))


def test_the_next_turn_computes_only_new_tokens_with_the_same_result(chat_model: ChatModel, place: Path) -> None:
    shared = chat_model._shared
    lengths: list[int] = []
    shared._model.get_base_model().register_forward_pre_hook(
        lambda _, words, named: lengths.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    chat_model.generate_reply(FIRST_TURN, GREEDY, ignore)
    first = lengths[0]
    lengths.clear()
    warm = chat_model.generate_reply(SECOND_TURN, GREEDY, ignore)
    assert warm.prompt_tokens - lengths[0] >= first - 1
    assert warm.text == load_chat_model(CELL).generate_reply(SECOND_TURN, GREEDY, ignore).text
    assert (
        chat_model.generate_reply(FIRST_TURN, GREEDY, ignore).text
        == load_chat_model(CELL).generate_reply(FIRST_TURN, GREEDY, ignore).text
    )


def test_models_on_one_base_do_not_affect_each_other(place: Path, tiny_llama: Path) -> None:
    from hackmentor.chat.model_loader import ModelLoader
    from tests.chat.conftest import GREEDY as CHAT
    from tests.chat.conftest import resolve

    loader, base = ModelLoader(CHAT, 0), (f"base.path={tiny_llama}", "quant=none")
    adapter = Path("outputs/embedded") / CELL / "adapter"
    copy = Path("models/lora_models/smollm2-135m-lora-turn")
    copy.mkdir()
    weights = torch.load("models/lora_models/llama-7b-lora-iio/adapter_model.bin")
    torch.save({name: tensor * -1.5 for name, tensor in weights.items()}, copy / "adapter_model.bin")
    (copy / "adapter_config.json").write_bytes((adapter / "adapter_config.json").read_bytes())
    plain, tuned, second = (
        loader.load_model(resolve(name, *base)) for name in ("smollm2-135m", CELL, "smollm2-135m-lora-turn")
    )
    assert len(loader._bases) == 1
    for _ in range(2):
        said = [chat_model.generate_reply(FIRST_TURN, GREEDY, ignore).text for chat_model in (plain, tuned, second)]
        assert said[0] == generate_with_transformers(load_with_peft(tiny_llama, None), plain, FIRST_TURN, GREEDY)
        assert said[1] == generate_with_transformers(load_with_peft(tiny_llama, adapter), tuned, FIRST_TURN, GREEDY)
        assert said[2] == generate_with_transformers(load_with_peft(tiny_llama, copy), second, FIRST_TURN, GREEDY)
        assert len(set(said)) == 3


def test_8_bit_weights_on_a_cpu_are_dequantised_once(place: Path) -> None:
    from bitsandbytes.nn import Linear8bitLt

    from hackmentor.chat.model_loader import ModelLoader
    from tests.chat.conftest import GREEDY as CHAT
    from tests.chat.conftest import resolve

    chat_model = ModelLoader(CHAT, 0).load_model(resolve(CELL))
    assert chat_model.generate_reply(FIRST_TURN, GREEDY, ignore).tokens > 0
    layers = [layer for layer in chat_model._shared._model.modules() if isinstance(layer, Linear8bitLt)]
    assert len(layers) > 8
    assert all(layer.forward._weight.numel() == layer.weight.numel() for layer in layers)


def test_it_stops_when_asked_to_after_any_token(chat_model: ChatModel) -> None:
    tokens = iter([False, False, True])
    reply = chat_model.generate_reply(FIRST_TURN, GREEDY, ignore, lambda: next(tokens, True))
    assert (reply.stop, reply.tokens) == ("stopped", 3)


def test_ctrl_c_stops_the_answer_and_the_next_is_right(chat_model: ChatModel) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    reply = chat_model.generate_reply(FIRST_TURN, GREEDY, interrupted)
    assert reply.stop == "stopped"
    assert reply.tokens < 24
    assert (
        chat_model.generate_reply(SECOND_TURN, GREEDY, ignore).text
        == load_chat_model(CELL).generate_reply(SECOND_TURN, GREEDY, ignore).text
    )


def test_end_and_limit_are_distinguished(chat_model: ChatModel) -> None:
    def stop(reply: ChatReply) -> tuple[str, int]:
        return reply.stop, reply.tokens

    assert stop(chat_model.generate_reply(FIRST_TURN, replace(GREEDY, max_new_tokens=3), ignore)) == ("length", 3)
    chat_model._stop_ids = list(range(512))
    assert stop(chat_model.generate_reply(FIRST_TURN, GREEDY, ignore)) == ("end", 1)

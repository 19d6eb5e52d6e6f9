"""A speaker says what transformers' own generation says, in pieces; and each on a shared base speaks for itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from hackmentor.chat.chat_model import Reply, Sampling, Speaker
from hackmentor.records.record import Message
from tests.chat.conftest import CELL, alone, speak

GREEDY = Sampling(temperature=0, top_k=0, top_p=1, repetition_penalty=1.1, max_new_tokens=24)
DRAWN = replace(GREEDY, temperature=0.9, top_k=20, top_p=0.9)
ASKED: list[Message] = [{"role": "user", "content": "What is CWE-79?"}]
THEN: list[Message] = [*ASKED, {"role": "assistant", "content": "A flaw."}, {"role": "user", "content": "Is it old?"}]


def silent(_: str) -> None: ...


@pytest.fixture
def speaker(place: Path) -> Speaker:
    return speak(CELL)


def generated(model: Any, speaker: Speaker, messages: list[Message], sampling: Sampling) -> str:
    """What transformers says, without a stream and with nothing remembered."""
    ids = torch.tensor([speaker.template.prompt(messages)])
    drawn = {"temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p}
    said = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=sampling.temperature > 0,
        **(drawn if sampling.temperature > 0 else {}),
        repetition_penalty=sampling.repetition_penalty,
        max_new_tokens=sampling.max_new_tokens,
        eos_token_id=speaker.template.stop_ids,
        pad_token_id=speaker.template.tokenizer.pad_token_id,
    )[0, ids.shape[1] :]
    return str(speaker.template.tokenizer.decode(said, skip_special_tokens=True)).strip()


@pytest.mark.parametrize("sampling", [GREEDY, DRAWN], ids=["greedy", "drawn"])
def test_it_says_what_transformers_says(sampling: Sampling, speaker: Speaker, tiny_llama: Path, place: Path) -> None:
    model = alone(tiny_llama, Path("outputs/embedded") / CELL / "adapter")
    torch.manual_seed(3)
    expected = generated(model, speaker, ASKED, sampling)
    pieces: list[str] = []
    torch.manual_seed(3)
    reply = speaker.reply(ASKED, sampling, pieces.append)
    assert reply.text == expected == "".join(pieces).strip()
    assert len(pieces) > 1
    assert reply.prompt_tokens == len(speaker.template.prompt(ASKED))


def test_the_next_turn_computes_only_what_is_new_and_says_the_same(speaker: Speaker, place: Path) -> None:
    shared = speaker._shared
    lengths: list[int] = []
    shared._model.get_base_model().register_forward_pre_hook(
        lambda _, words, named: lengths.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    speaker.reply(ASKED, GREEDY, silent)
    first = lengths[0]
    lengths.clear()
    warm = speaker.reply(THEN, GREEDY, silent)
    assert warm.prompt_tokens - lengths[0] >= first - 1
    assert warm.text == speak(CELL).reply(THEN, GREEDY, silent).text
    assert speaker.reply(ASKED, GREEDY, silent).text == speak(CELL).reply(ASKED, GREEDY, silent).text


def test_those_on_one_base_speak_as_if_alone(place: Path, tiny_llama: Path) -> None:
    from hackmentor.chat.model_loader import Loader
    from tests.chat.conftest import GREEDY as CHAT
    from tests.chat.conftest import who

    loader, base = Loader(CHAT, 0), (f"base.path={tiny_llama}", "quant=none")
    adapter = Path("outputs/embedded") / CELL / "adapter"
    copy = Path("models/lora_models/smollm2-135m-lora-turn")
    copy.mkdir()
    weights = torch.load("models/lora_models/llama-7b-lora-iio/adapter_model.bin")
    torch.save({name: tensor * -1.5 for name, tensor in weights.items()}, copy / "adapter_model.bin")
    (copy / "adapter_config.json").write_bytes((adapter / "adapter_config.json").read_bytes())
    plain, tuned, second = (
        loader.speaker(who(name, *base)) for name in ("smollm2-135m", CELL, "smollm2-135m-lora-turn")
    )
    assert len(loader._bases) == 1
    for _ in range(2):
        said = [speaker.reply(ASKED, GREEDY, silent).text for speaker in (plain, tuned, second)]
        assert said[0] == generated(alone(tiny_llama, None), plain, ASKED, GREEDY)
        assert said[1] == generated(alone(tiny_llama, adapter), tuned, ASKED, GREEDY)
        assert said[2] == generated(alone(tiny_llama, copy), second, ASKED, GREEDY)
        assert len(set(said)) == 3


def test_8_bit_weights_on_a_processor_are_dequantised_once(place: Path) -> None:
    from bitsandbytes.nn import Linear8bitLt

    from hackmentor.chat.model_loader import Loader
    from tests.chat.conftest import GREEDY as CHAT
    from tests.chat.conftest import who

    speaker = Loader(CHAT, 0).speaker(who(CELL))
    assert speaker.reply(ASKED, GREEDY, silent).tokens > 0
    layers = [layer for layer in speaker._shared._model.modules() if isinstance(layer, Linear8bitLt)]
    assert len(layers) > 8
    assert all(layer.forward._weight.numel() == layer.weight.numel() for layer in layers)


def test_it_stops_when_asked_to_after_any_token(speaker: Speaker) -> None:
    tokens = iter([False, False, True])
    reply = speaker.reply(ASKED, GREEDY, silent, lambda: next(tokens, True))
    assert (reply.stop, reply.tokens) == ("stopped", 3)


def test_ctrl_c_stops_the_answer_and_the_next_is_right(speaker: Speaker) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    reply = speaker.reply(ASKED, GREEDY, interrupted)
    assert reply.stop == "stopped"
    assert reply.tokens < 24
    assert speaker.reply(THEN, GREEDY, silent).text == speak(CELL).reply(THEN, GREEDY, silent).text


def test_the_end_and_the_limit_are_told_apart(speaker: Speaker) -> None:
    def stop(reply: Reply) -> tuple[str, int]:
        return reply.stop, reply.tokens

    assert stop(speaker.reply(ASKED, replace(GREEDY, max_new_tokens=3), silent)) == ("length", 3)
    speaker._stops = list(range(512))
    assert stop(speaker.reply(ASKED, GREEDY, silent)) == ("end", 1)

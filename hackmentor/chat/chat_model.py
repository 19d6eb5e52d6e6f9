"""Someone who answers: a model with its template, word by word."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

import torch
from peft import PeftModel
from transformers import DynamicCache, PreTrainedModel, StoppingCriteria, StoppingCriteriaList, TextStreamer

from hackmentor.chat.shared_base import SharedBase
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.record import Message

Show = Callable[[str], None]


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen; temperature 0 takes the likeliest. `top_k` 0 and `top_p` 1 leave none out."""

    temperature: float
    top_k: int
    top_p: float
    repetition_penalty: float
    max_new_tokens: int


@dataclass(frozen=True)
class Reply:
    """What was said, and why it ended: by itself, at the limit of tokens, or because it was stopped."""

    text: str
    prompt_tokens: int
    tokens: int
    stop: Literal["end", "length", "stopped"]
    seconds: float
    first_word_seconds: float


class Speaker:
    """A base, with or without one of the adapters that are on it."""

    def __init__(self, name: str, shared: SharedBase, adapter: str | None, template: ChatTemplate) -> None:
        self.name = name
        self.template = template
        self._shared, self._adapter = shared, adapter
        self._stops = template.stop_ids or [int(template.tokenizer.eos_token_id)]
        self._cache, self._cached = DynamicCache(), torch.empty(0, dtype=torch.long)

    @property
    def window(self) -> int:
        """How many tokens of a conversation the model can see, its answer included."""
        return self._shared.window or min(int(self.template.tokenizer.model_max_length), 4096)

    def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        show: Show,
        asked_to_stop: Callable[[], bool] = lambda: False,
    ) -> Reply:
        """The answer to a conversation that ends with the user and fits the window.

        Args:
            messages: the conversation.
            sampling: how tokens are chosen.
            show: gets the text in pieces, as it comes.
            asked_to_stop: looked at after each token; Ctrl-C stops the answer as well.
        """
        prompt = torch.tensor(self.template.prompt(messages))
        streamer = _Pieces(self.template, show)
        began, stopped = time.monotonic(), False
        try:
            with self._shared.speaking(self._adapter) as model:
                said = self._generate(model, prompt, sampling, streamer, asked_to_stop)
        except KeyboardInterrupt:
            # Wherever it was, the cache may be half written.
            self._cache, said, stopped = DynamicCache(), torch.tensor([-1]), True
        ended = int(said[-1]) in self._stops
        stopped = stopped or (not ended and asked_to_stop())
        return Reply(
            text="".join(streamer.said).strip(),
            prompt_tokens=len(prompt),
            tokens=streamer.tokens,
            stop="end" if ended else "stopped" if stopped else "length",
            seconds=time.monotonic() - began,
            first_word_seconds=(streamer.first or time.monotonic()) - began,
        )

    def _generate(
        self,
        model: PeftModel | PreTrainedModel,
        prompt: torch.Tensor,
        sampling: Sampling,
        streamer: _Pieces,
        stop: Callable[[], bool],
    ) -> torch.Tensor:
        """Continues the prompt; what the cache still has of an earlier one is not computed again."""
        ids = prompt[None].to(model.device)
        draws = {"temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p}
        cache, self._cache = self._reusable(prompt), DynamicCache()
        with torch.inference_mode():
            whole: torch.Tensor = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                past_key_values=cache,
                do_sample=sampling.temperature > 0,
                **(draws if sampling.temperature > 0 else {}),
                repetition_penalty=sampling.repetition_penalty,
                max_new_tokens=min(sampling.max_new_tokens, self.window - len(prompt)),
                eos_token_id=self._stops,
                pad_token_id=self.template.tokenizer.pad_token_id,
                stopping_criteria=StoppingCriteriaList([_Asked(stop)]),
                streamer=streamer,
            )[0].cpu()
        self._cache, self._cached = cache, whole[: cache.get_seq_length()]
        return whole[len(prompt) :]

    def _reusable(self, prompt: torch.Tensor) -> DynamicCache:
        """The cache, cut to what it shares with a prompt; at least the last token is computed."""
        cache = self._cache
        pairs = zip(prompt[:-1].tolist(), self._cached.tolist(), strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if shared == 0 or cache.get_seq_length() == 0 or any(cache.is_sliding):
            return DynamicCache()
        if surplus := cache.get_seq_length() - shared:
            cache.crop(-surplus)
        return cache


class _Pieces(TextStreamer):  # type: ignore[misc]
    """Passes the text on in whole words, without white space before the first."""

    def __init__(self, template: ChatTemplate, show: Show) -> None:
        super().__init__(template.tokenizer, skip_prompt=True, skip_special_tokens=True)
        self.said: list[str] = []
        self.tokens = -1  # the prompt comes first
        self.first: float | None = None
        self._show = show

    def put(self, value: torch.Tensor) -> None:
        """Takes the prompt, then each token."""
        self.tokens += 1
        super().put(value)

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """Takes text that no later token changes."""
        text = text if self.said else text.lstrip()
        if text:
            self.first = self.first or time.monotonic()
            self.said.append(text)
            self._show(text)


class _Asked(StoppingCriteria):  # type: ignore[misc]
    def __init__(self, asked: Callable[[], bool]) -> None:
        self._asked = asked

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:  # noqa: ANN401
        return torch.full((len(input_ids),), self._asked(), device=input_ids.device)

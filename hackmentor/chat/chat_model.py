"""A model with its chat template that streams its replies."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

import torch
from peft import PeftModel
from transformers import DynamicCache, PreTrainedModel, StoppingCriteria, StoppingCriteriaList

from hackmentor.chat.reply_streamer import ReplyStreamer, TextCallback
from hackmentor.chat.shared_base import SharedBase
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.record import Message


@dataclass(frozen=True)
class SamplingParams:
    """Sampling of the next token; temperature 0 is greedy. `top_k` 0 and `top_p` 1 keep all tokens."""

    temperature: float
    top_k: int
    top_p: float
    repetition_penalty: float
    max_new_tokens: int


@dataclass(frozen=True)
class ChatReply:
    """The text of an answer, and why it ended: by itself, at the token limit, or because it was stopped.

    The field names are those of the JSON output.
    """

    text: str
    prompt_tokens: int
    tokens: int
    stop: Literal["end", "length", "stopped"]
    seconds: float
    first_word_seconds: float


class ChatModel:
    """A base model, with or without one of its adapters."""

    def __init__(self, name: str, shared: SharedBase, adapter_name: str | None, template: ChatTemplate) -> None:
        self.name = name
        self.template = template
        self._shared, self._adapter_name = shared, adapter_name
        self._stop_ids = template.generation_stop_ids or [int(template.tokenizer.eos_token_id)]
        self._cache, self._cached_ids = DynamicCache(), torch.empty(0, dtype=torch.long)

    @property
    def context_window(self) -> int:
        """Maximum number of tokens in a conversation, the answer included."""
        return self._shared.context_window or min(int(self.template.tokenizer.model_max_length), 4096)

    def generate_reply(
        self,
        messages: Sequence[Message],
        sampling: SamplingParams,
        on_text: TextCallback,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> ChatReply:
        """Generates the answer to a conversation that ends with a user message and fits the context window.

        Args:
            messages: the conversation.
            sampling: the sampling parameters.
            on_text: receives the text in chunks, as it is generated.
            should_stop: called after each token; Ctrl-C stops the answer as well.
        """
        prompt = torch.tensor(self.template.encode_prompt(messages))
        streamer = ReplyStreamer(self.template.tokenizer, on_text)
        start, stopped = time.monotonic(), False
        try:
            with self._shared.adapter_active(self._adapter_name) as (model, hand_over):
                generated = self._generate(model, prompt, sampling, streamer, should_stop, hand_over)
        except KeyboardInterrupt:
            # The cache may be half written.
            self._cache, generated, stopped = DynamicCache(), torch.tensor([-1]), True
        ended = int(generated[-1]) in self._stop_ids
        stopped = stopped or (not ended and should_stop())
        return ChatReply(
            text=streamer.text.rstrip(),
            prompt_tokens=len(prompt),
            tokens=streamer.tokens,
            stop="end" if ended else "stopped" if stopped else "length",
            seconds=time.monotonic() - start,
            first_word_seconds=(streamer.first_text_time or time.monotonic()) - start,
        )

    def _generate(
        self,
        model: PeftModel | PreTrainedModel,
        prompt: torch.Tensor,
        sampling: SamplingParams,
        streamer: ReplyStreamer,
        should_stop: Callable[[], bool],
        hand_over: Callable[[], None],
    ) -> torch.Tensor:
        """Returns the generated token ids; a prefix of the prompt that is still in the cache is not computed again."""
        ids = prompt[None].to(model.device)
        sampling_args = {"temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p}
        cache, self._cache = self._crop_cache_to_shared_prefix(prompt), DynamicCache()
        with torch.inference_mode():
            sequence: torch.Tensor = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                past_key_values=cache,
                do_sample=sampling.temperature > 0,
                **(sampling_args if sampling.temperature > 0 else {}),
                repetition_penalty=sampling.repetition_penalty,
                max_new_tokens=min(sampling.max_new_tokens, self.context_window - len(prompt)),
                eos_token_id=self._stop_ids,
                pad_token_id=self.template.tokenizer.pad_token_id,
                stopping_criteria=StoppingCriteriaList([_BetweenTokens(should_stop, hand_over)]),
                streamer=streamer,
            )[0].cpu()
        self._cache, self._cached_ids = cache, sequence[: cache.get_seq_length()]
        return sequence[len(prompt) :]

    def _crop_cache_to_shared_prefix(self, prompt: torch.Tensor) -> DynamicCache:
        """Returns the cache cropped to the prefix it shares with a prompt, without the prompt's last token."""
        cache = self._cache
        pairs = zip(prompt[:-1].tolist(), self._cached_ids.tolist(), strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if shared == 0 or cache.get_seq_length() == 0 or any(cache.is_sliding):
            return DynamicCache()
        if surplus := cache.get_seq_length() - shared:
            cache.crop(-surplus)
        return cache


class _BetweenTokens(StoppingCriteria):  # type: ignore[misc]
    """Called by transformers after each token: lets other threads have their turn, then says whether to stop."""

    def __init__(self, should_stop: Callable[[], bool], hand_over: Callable[[], None]) -> None:
        self._should_stop, self._hand_over = should_stop, hand_over

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:  # noqa: ANN401
        self._hand_over()
        return torch.full((len(input_ids),), self._should_stop(), device=input_ids.device)

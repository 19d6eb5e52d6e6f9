"""A loaded model as lm-evaluation-harness sees it."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from lm_eval.models.huggingface import HFLM
from peft import PeftModel
from transformers import DynamicCache, PreTrainedModel

from hackmentor.prompts.chat_template import ChatTemplate

# Two code points of the private use area, to find a message's place in what a template makes of it.
ASKED, SAID = "\ue000", "\ue001"


class AsTrained(HFLM):  # type: ignore[misc]
    """The harness's model, but what it scores has the very tokens that the template trains.

    The harness moves white space at the end of a context to the continuation: behind `<|im_start|>assistant` and a line
    break it would score that break as a part of each answer. And it leaves out what some templates put before what the
    assistant says, such as the space of `ASSISTANT: Yes`.
    """

    def __init__(self, model: PeftModel | PreTrainedModel, template: ChatTemplate, batch_size: int) -> None:
        tokenizer = copy.deepcopy(template.tokenizer)
        tokenizer.chat_template = template.source
        super().__init__(pretrained=model, tokenizer=tokenizer, batch_size=batch_size)
        asked = [{"role": "user", "content": ASKED}]
        prompt: str = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        answered = [*asked, {"role": "assistant", "content": SAID}]
        whole: str = tokenizer.apply_chat_template(answered, tokenize=False)
        self._cue = prompt[prompt.index(ASKED) + 1 :]
        self._opening = whole[len(prompt) : whole.index(SAID)] if whole.startswith(prompt) else ""

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        # Where a task has begun the answer itself, nothing comes between.
        said = self._opening + continuation if context.endswith(self._cue) else continuation
        prompt: list[int] = self.tok_encode(context, add_special_tokens=False)
        both: list[int] = self.tok_encode(context + said, add_special_tokens=False)
        if both[: len(prompt)] == prompt and len(both) > len(prompt):
            return prompt, both[len(prompt) :]
        return prompt, self.tok_encode(said, add_special_tokens=False)

    def _loglikelihood_tokens(
        self,
        requests: Sequence[tuple[tuple[str, str], list[int], list[int]]],
        disable_tqdm: bool = False,
        override_bs: int | None = None,
    ) -> list[tuple[float, bool]]:
        """For each (texts, prompt, answer) the log-likelihood of the answer, and whether greedy decoding says it.

        The options of one question share its prompt, which goes through the model once.
        """
        if any(len(prompt) + len(answer) > self.max_length for _, prompt, answer in requests):
            # The harness knows how to cut what is too long.
            scored: list[tuple[float, bool]] = super()._loglikelihood_tokens(requests, disable_tqdm, override_bs)
            return scored
        by_prompt: dict[tuple[int, ...], list[int]] = {}
        for place, (_, prompt, _) in enumerate(requests):
            by_prompt.setdefault(tuple(prompt), []).append(place)
        found: dict[int, tuple[float, bool]] = {}
        for shared, places in by_prompt.items():
            answers = [requests[place][2] for place in places]
            found |= dict(zip(places, self._answers(list(shared), answers), strict=True))
        return [found[place] for place in range(len(requests))]

    @torch.inference_mode()
    def _answers(self, prompt: list[int], answers: Sequence[list[int]]) -> list[tuple[float, bool]]:
        cache = DynamicCache(config=self.config)
        first = self.model(torch.tensor([prompt], device=self.device), past_key_values=cache, logits_to_keep=1).logits
        logits = first.expand(len(answers), -1, -1)
        longest = max(map(len, answers))
        if longest > 1:
            cache.batch_repeat_interleave(len(answers))
            # What stands behind a shorter answer is seen by none of its tokens.
            padded = [answer + [0] * (longest - len(answer)) for answer in answers]
            rest = self.model(torch.tensor(padded, device=self.device)[:, :-1], past_key_values=cache).logits
            logits = torch.cat([logits, rest], dim=1)
        logs = logits.float().log_softmax(-1)
        return [_scored(row[: len(answer)], answer) for row, answer in zip(logs, answers, strict=True)]


def _scored(logs: torch.Tensor, answer: Sequence[int]) -> tuple[float, bool]:
    said = torch.tensor(answer, device=logs.device)
    return logs.gather(1, said[:, None]).sum().item(), bool((logs.argmax(-1) == said).all())

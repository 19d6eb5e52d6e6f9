"""A loaded model for lm-evaluation-harness, scored on the tokens that its chat template trains."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from lm_eval.models.huggingface import HFLM
from peft import PeftModel
from transformers import DynamicCache, PreTrainedModel

from hackmentor.prompts.bounded_rendering import rendering_bounded
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.render import render_messages

# Two code points of the private use area, to find the messages in a rendered template.
USER_MARK, ASSISTANT_MARK = "\ue000", "\ue001"


class ChatTemplateLM(HFLM):  # type: ignore[misc]
    """The harness's model, except that it scores exactly the tokens that the template trains.

    The harness moves white space at the end of a context to the continuation: behind `<|im_start|>assistant` and a line
    break it would score that break as a part of each answer. And it leaves out what some templates put before the
    assistant's text, such as the space of `ASSISTANT: Yes`.
    """

    def __init__(self, model: PeftModel | PreTrainedModel, template: ChatTemplate, batch_size: int) -> None:
        tokenizer = copy.deepcopy(template.tokenizer)
        tokenizer.chat_template = template.source
        super().__init__(pretrained=model, tokenizer=tokenizer, batch_size=batch_size)
        user_turn = [{"role": "user", "content": USER_MARK}]
        both_turns = [*user_turn, {"role": "assistant", "content": ASSISTANT_MARK}]
        prompt, _ = render_messages(tokenizer.special_tokens_map, template.source, user_turn, prompt=True)
        rendered, _ = render_messages(tokenizer.special_tokens_map, template.source, both_turns, prompt=False)
        self._generation_prompt = prompt[prompt.index(USER_MARK) + 1 :]
        self._answer_prefix = (
            rendered[len(prompt) : rendered.index(ASSISTANT_MARK)] if rendered.startswith(prompt) else ""
        )

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Renders as the harness does, within bounds: the template may be anybody's."""
        with rendering_bounded():
            rendered: str = super().apply_chat_template(chat_history, add_generation_prompt)
        return rendered

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        # If the task has begun the answer itself, nothing comes between.
        answer = self._answer_prefix + continuation if context.endswith(self._generation_prompt) else continuation
        prompt: list[int] = self.tok_encode(context, add_special_tokens=False)
        both: list[int] = self.tok_encode(context + answer, add_special_tokens=False)
        if both[: len(prompt)] == prompt and len(both) > len(prompt):
            return prompt, both[len(prompt) :]
        return prompt, self.tok_encode(answer, add_special_tokens=False)

    def _loglikelihood_tokens(
        self,
        requests: Sequence[tuple[tuple[str, str], list[int], list[int]]],
        disable_tqdm: bool = False,
        override_bs: int | None = None,
    ) -> list[tuple[float, bool]]:
        """For each (texts, prompt, answer) the answer's log-likelihood, and whether greedy decoding generates it.

        The options of one question share its prompt, which goes through the model once.
        """
        if any(len(prompt) + len(answer) > self.max_length for _, prompt, answer in requests):
            # The harness truncates what is too long.
            scored: list[tuple[float, bool]] = super()._loglikelihood_tokens(requests, disable_tqdm, override_bs)
            return scored
        by_prompt: dict[tuple[int, ...], list[int]] = {}
        for index, (_, prompt, _) in enumerate(requests):
            by_prompt.setdefault(tuple(prompt), []).append(index)
        scores: dict[int, tuple[float, bool]] = {}
        for shared_prompt, indices in by_prompt.items():
            answers = [requests[index][2] for index in indices]
            scores |= dict(zip(indices, self._score_answers(list(shared_prompt), answers), strict=True))
        return [scores[index] for index in range(len(requests))]

    @torch.inference_mode()
    def _score_answers(self, prompt: list[int], answers: Sequence[list[int]]) -> list[tuple[float, bool]]:
        cache = DynamicCache(config=self.config)
        first_logits = self.model(
            torch.tensor([prompt], device=self.device), past_key_values=cache, logits_to_keep=1
        ).logits
        logits = first_logits.expand(len(answers), -1, -1)
        longest = max(map(len, answers))
        if longest > 1:
            cache.batch_repeat_interleave(len(answers))
            # The padding behind a shorter answer is seen by none of its tokens.
            padded = [answer + [0] * (longest - len(answer)) for answer in answers]
            rest = self.model(torch.tensor(padded, device=self.device)[:, :-1], past_key_values=cache).logits
            logits = torch.cat([logits, rest], dim=1)
        log_probabilities = logits.float().log_softmax(-1)
        return [
            _score_answer(row[: len(answer)], answer) for row, answer in zip(log_probabilities, answers, strict=True)
        ]


def _score_answer(log_probabilities: torch.Tensor, answer: Sequence[int]) -> tuple[float, bool]:
    token_ids = torch.tensor(answer, device=log_probabilities.device)
    return log_probabilities.gather(1, token_ids[:, None]).sum().item(), bool(
        (log_probabilities.argmax(-1) == token_ids).all()
    )

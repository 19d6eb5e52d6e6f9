"""Generates a model's answers to questions in batches: the likeliest words, or drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.config.schema import Shape
from hackmentor.endpoint.thoughts import is_thought_mark, open_thoughts
from hackmentor.evaluate.answer_log import AnswerLog
from hackmentor.evaluate.question import Question
from hackmentor.prompts.chat_template import ChatTemplate

GetTemplate = Callable[[Shape], ChatTemplate]
PromptedQuestion = tuple[Question, list[int]]

# So many tokens at the end of a prompt hold any tag that opens thoughts, and the line breaks after it.
_TAG_TOKENS = 16


def generate_answers(
    model: PeftModel | PreTrainedModel,
    get_template: GetTemplate,
    questions: Sequence[Question],
    answer_log: AnswerLog,
    *,
    batch_tokens: int,
    on_progress: Callable[[int], None],
) -> None:
    """Generates the answers that are not in the log yet. Questions of similar length form a batch.

    Args:
        model: with or without an adapter.
        get_template: returns the chat template for a question's shape.
        questions: in any order.
        answer_log: gets the answers of each batch as soon as they are generated.
        batch_tokens: how many tokens a batch may hold, prompts and answers together, padding included.
        on_progress: called after each batch with the number of its answers.
    """
    unanswered = [question for question in questions if answer_log.get(question) is None]
    prompted = [(question, get_template(question.shape).encode_prompt(question.messages)) for question in unanswered]
    for batch in batch_by_length(prompted, batch_tokens):
        _answer_batch(model, get_template, batch, answer_log)
        on_progress(len(batch))


def batch_by_length(prompted: Sequence[PromptedQuestion], batch_tokens: int) -> Iterator[list[PromptedQuestion]]:
    """Groups questions of one shape, token limit and temperature by length, each within `batch_tokens`, padded."""

    def batch_key(item: PromptedQuestion) -> tuple[str, int, float]:
        return item[0].shape, item[0].max_tokens, item[0].temperature

    batch: list[PromptedQuestion] = []
    for item in sorted(prompted, key=lambda item: (batch_key(item), -len(item[1]), item[0].id)):
        # The first of a batch is its longest: all others are padded to it.
        size = (len(batch) + 1) * (len(batch[0][1] if batch else item[1]) + item[0].max_tokens)
        if batch and (batch_key(item) != batch_key(batch[0]) or size > batch_tokens):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _answer_batch(
    model: PeftModel | PreTrainedModel,
    get_template: GetTemplate,
    batch: Sequence[PromptedQuestion],
    answer_log: AnswerLog,
) -> None:
    template = get_template(batch[0][0].shape)
    stop_ids = template.generation_stop_ids
    input_ids, attention_mask = _pad_left([prompt for _, prompt in batch], int(template.tokenizer.pad_token_id or 0))
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.inference_mode(), torch.random.fork_rng(devices):
        # The same batch draws the same answers; in another batch a question may get another.
        torch.manual_seed(int(batch[0][0].digest[:8], 16))
        generated = model.generate(
            input_ids=input_ids.to(model.device),
            attention_mask=attention_mask.to(model.device),
            **_get_decoding(batch[0][0].temperature),
            max_new_tokens=batch[0][0].max_tokens,
            eos_token_id=stop_ids,
            pad_token_id=template.tokenizer.pad_token_id,
        )[:, input_ids.shape[1] :]
    for (question, prompt), row in zip(batch, generated.tolist(), strict=True):
        end = next((index for index, token in enumerate(row) if token in stop_ids), None)
        answer_log.add(
            question,
            decode_answer(template, prompt, row[:end]),
            prompt_tokens=len(prompt),
            tokens=len(row) if end is None else end + 1,
            stop="length" if end is None else "end",
        )


def _get_decoding(temperature: float) -> dict[str, Any]:
    """Greedy without a temperature; else drawn from the whole distribution, whatever the model's own settings are."""
    return (
        {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        if temperature
        else {"do_sample": False}
    )


def decode_answer(template: ChatTemplate, prompt: Sequence[int], generated: Sequence[int]) -> str:
    """The text of generated tokens, with the tags around thoughts, also those that are special tokens or in the prompt.

    Args:
        template: that encoded the prompt.
        prompt: its token ids.
        generated: the token ids of the answer, without the one that ends it.
    """
    tokenizer = template.tokenizer
    added = tokenizer.added_tokens_decoder
    marks = {index for index, token in added.items() if token.special and is_thought_mark(token.content)}
    if marks.isdisjoint(generated):
        text = tokenizer.decode(generated, skip_special_tokens=True)
    else:
        special = {*tokenizer.all_special_ids, *(index for index, token in added.items() if token.special)} - marks
        text = tokenizer.decode([index for index in generated if index not in special], skip_special_tokens=False)
    return open_thoughts(tokenizer.decode(prompt[-_TAG_TOKENS:]), text.strip())


def _pad_left(prompts: Sequence[Sequence[int]], pad_token_id: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, prompts))
    input_ids = torch.tensor([[pad_token_id] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    attention_mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    return input_ids, attention_mask

"""Answers to questions that no training has seen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.data.records import Message, Record
from hackmentor.evaluate.answer import Answer
from hackmentor.prompts.chat import ChatTemplate


def opening_question(record: Record) -> list[Message]:
    """The conversation up to where the assistant first speaks."""
    messages = record.conversation()
    first = next(index for index, message in enumerate(messages) if message["role"] == "assistant")
    return list(messages[:first])


def answer(
    model: PeftModel | PreTrainedModel,
    template: ChatTemplate,
    records: Sequence[Record],
    *,
    contestant: str,
    max_new_tokens: int,
) -> list[Answer]:
    """Answers the opening question of each record, greedily, all in one batch."""
    if not records:
        return []
    conversations = [opening_question(record) for record in records]
    prompts = [template.prompt(conversation) for conversation in conversations]
    ids, mask = _left_padded(prompts, int(template.tokenizer.pad_token_id or 0))
    stops = template.stop_ids
    with torch.inference_mode():
        generated = model.generate(
            input_ids=ids.to(model.device),
            attention_mask=mask.to(model.device),
            do_sample=False,
            max_new_tokens=max_new_tokens,
            eos_token_id=stops,
            pad_token_id=template.tokenizer.pad_token_id,
        )[:, ids.shape[1] :]
    answers = []
    for record, said, prompt, row in zip(records, conversations, prompts, generated.tolist(), strict=True):
        end = next((place for place, token in enumerate(row) if token in stops), None)
        text = template.tokenizer.decode(row[:end], skip_special_tokens=True).strip()
        length, stop = (len(row), "length") if end is None else (end + 1, "end")
        answers.append(Answer(record.id, contestant, said[-1]["content"], text, len(prompt), length, stop))  # type: ignore[arg-type]
    return answers


def _left_padded(prompts: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, prompts))
    ids = torch.tensor([[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    return ids, mask

"""A model answers questions, greedily, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.config.schema import Shape
from hackmentor.evaluate.answer_log import AnswerBook
from hackmentor.evaluate.question import Question
from hackmentor.prompts.chat_template import ChatTemplate

Templates = Callable[[Shape], ChatTemplate]
Prompted = tuple[Question, list[int]]


def answer_all(
    model: PeftModel | PreTrainedModel,
    templates: Templates,
    questions: Sequence[Question],
    book: AnswerBook,
    *,
    batch_tokens: int,
    advance: Callable[[int], None],
) -> None:
    """Answers what is not in the book yet. Questions of like length go through the model together.

    Args:
        model: with or without an adapter.
        templates: the template for each shape of question.
        questions: any.
        book: gets each batch of answers as it comes.
        batch_tokens: what a batch may hold, prompts and answers together, padding included.
        advance: called with the number of answers after each batch.
    """
    waiting = [question for question in questions if book.get(question) is None]
    prompted = [(question, templates(question.shape).prompt(question.messages)) for question in waiting]
    for batch in batches(prompted, batch_tokens):
        _answer_batch(model, templates, batch, book)
        advance(len(batch))


def batches(prompted: Sequence[Prompted], batch_tokens: int) -> Iterator[list[Prompted]]:
    """Groups of questions of one shape and one limit, by length, each within `batch_tokens` padding included."""

    def kind(item: Prompted) -> tuple[str, int]:
        return item[0].shape, item[0].most_tokens

    batch: list[Prompted] = []
    for item in sorted(prompted, key=lambda item: (kind(item), -len(item[1]), item[0].id)):
        # The first of a batch is its longest: all others are padded to it.
        size = (len(batch) + 1) * (len(batch[0][1] if batch else item[1]) + item[0].most_tokens)
        if batch and (kind(item) != kind(batch[0]) or size > batch_tokens):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _answer_batch(
    model: PeftModel | PreTrainedModel, templates: Templates, batch: Sequence[Prompted], book: AnswerBook
) -> None:
    template = templates(batch[0][0].shape)
    stops = template.stop_ids
    ids, mask = _left_padded([prompt for _, prompt in batch], int(template.tokenizer.pad_token_id or 0))
    with torch.inference_mode():
        generated = model.generate(
            input_ids=ids.to(model.device),
            attention_mask=mask.to(model.device),
            do_sample=False,
            max_new_tokens=batch[0][0].most_tokens,
            eos_token_id=stops,
            pad_token_id=template.tokenizer.pad_token_id,
        )[:, ids.shape[1] :]
    for (question, prompt), row in zip(batch, generated.tolist(), strict=True):
        end = next((place for place, token in enumerate(row) if token in stops), None)
        text = template.tokenizer.decode(row[:end], skip_special_tokens=True).strip()
        book.add(
            question,
            text,
            prompt_tokens=len(prompt),
            tokens=len(row) if end is None else end + 1,
            stop="length" if end is None else "end",
        )


def _left_padded(prompts: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, prompts))
    ids = torch.tensor([[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    return ids, mask

"""The loss mask, checked before the first step: it must cover what the assistant says and the end of each turn."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence

from hackmentor.prompts.example import Example
from hackmentor.runtime.errors import UserError


def check_loss_mask(example: Example, prompts: Sequence[Sequence[int]], stop_token_ids: Collection[int]) -> None:
    """Checks that the loss mask of a whole record covers the assistant's turns, each to its end, and nothing else.

    Args:
        example: the whole record.
        prompts: for each of the assistant's turns, the token ids of the prompt for it.
        stop_token_ids: the tokens that end a turn.

    Raises:
        UserError: with the id, if nothing is trained on; if a turn does not begin where its prompt ends, which would
            train on the prompt; or if it ends without a token that says so, which would train it never to stop.
    """
    if example.trained_tokens == 0:
        raise UserError(f"record {example.id}: the template marks nothing in it as said by the assistant")
    spans = list(find_trained_spans(example))
    if len(spans) != len(prompts):
        raise UserError(f"record {example.id}: {len(prompts)} turns of the assistant, the template marks {len(spans)}")
    for number, ((start, end), prompt) in enumerate(zip(spans, prompts, strict=True), start=1):
        if start != len(prompt) or example.input_ids[:start] != list(prompt):
            raise UserError(
                f"record {example.id}, turn {number} of the assistant: what is trained on does not begin where the "
                "prompt ends; put the template's generation marks around the answer alone"
            )
        if example.input_ids[end - 1] not in stop_token_ids:
            raise UserError(
                f"record {example.id}, turn {number} of the assistant: its end is not trained on, so the model would "
                "never stop; put the token that ends a turn inside the template's generation marks"
            )


def find_trained_spans(example: Example) -> Iterator[tuple[int, int]]:
    """Yields the first and the last index (exclusive) of each run of tokens that are trained on."""
    end = 0
    for trained, run in itertools.groupby(example.trained):
        start, end = end, end + len(list(run))
        if trained:
            yield start, end

"""The mask, checked before the first step: what is trained on is what the assistant says, and the end of its turn."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence

from hackmentor.prompts.example import Example
from hackmentor.runtime.errors import UserError


def check_mask(example: Example, prompts: Sequence[Sequence[int]], stop_ids: Collection[int]) -> None:
    """Refuses a whole record of which something else is trained on than the assistant's turns, each to its end.

    Args:
        example: the record.
        prompts: for each of the assistant's turns, the tokens with which the model is asked for it.
        stop_ids: what ends a turn.

    Raises:
        UserError: with the id, if nothing is trained on; if a turn does not begin where its prompt ends, which would
            train on the prompt; or if it ends without a token that says so, which would train it never to stop.
    """
    if example.trained_tokens == 0:
        raise UserError(f"record {example.id}: the template marks nothing in it as said by the assistant")
    turns = list(trained_runs(example))
    if len(turns) != len(prompts):
        raise UserError(f"record {example.id}: {len(prompts)} turns of the assistant, the template marks {len(turns)}")
    for number, ((start, end), prompt) in enumerate(zip(turns, prompts, strict=True), start=1):
        if start != len(prompt) or example.input_ids[:start] != list(prompt):
            raise UserError(
                f"record {example.id}, turn {number} of the assistant: what is trained on does not begin where the "
                "prompt ends; put the template's generation marks around the answer alone"
            )
        if example.input_ids[end - 1] not in stop_ids:
            raise UserError(
                f"record {example.id}, turn {number} of the assistant: its end is not trained on, so the model would "
                "never stop; put the token that ends a turn inside the template's generation marks"
            )


def trained_runs(example: Example) -> Iterator[tuple[int, int]]:
    """Where each stretch that is trained on begins and ends (exclusive)."""
    place = 0
    for trained, run in itertools.groupby(example.trained):
        start, place = place, place + len(list(run))
        if trained:
            yield start, place

"""The mask, checked before the first step: what is trained on is what the assistant says, and the end of its turn."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import TYPE_CHECKING

from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from hackmentor.prompts.examples import Example


@dataclass(frozen=True)
class Audit:
    """What is trained on in so many examples (a record, or a part of one), in tokens.

    `ended`: how many have the end of each of the assistant's turns in the loss. `end_cut`: how many have not, the
    cutoff having taken it; all others are.
    """

    examples: int
    tokens: int
    trained_tokens: int
    shortest: int
    median: int
    longest: int
    ended: int
    end_cut: int

    def figures(self) -> dict[str, int | float]:
        """For the tracker: `ended` as a share, too."""
        shares = {"trained_share": self.trained_tokens / self.tokens, "ended_share": self.ended / self.examples}
        return {f"mask/{name}": value for name, value in (vars(self) | shares).items()}

    def __str__(self) -> str:
        return (
            f"{self.trained_tokens} of {self.tokens} tokens are trained on, {self.shortest} to {self.longest} an "
            f"example (median {self.median}); the end of turn is in {self.ended} of {self.examples} examples, "
            f"cut off in {self.end_cut}"
        )


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


def audit(examples: Sequence[Example], stop_ids: Collection[int]) -> Audit:
    """The summary over at least one example, whole or cut."""
    trained = [example.trained_tokens for example in examples]
    ended = sum(all(one.input_ids[end - 1] in stop_ids for _, end in trained_runs(one)) for one in examples)
    return Audit(
        examples=len(examples),
        tokens=sum(len(example.input_ids) for example in examples),
        trained_tokens=sum(trained),
        shortest=min(trained),
        median=median_low(trained),
        longest=max(trained),
        ended=ended,
        end_cut=len(examples) - ended,
    )

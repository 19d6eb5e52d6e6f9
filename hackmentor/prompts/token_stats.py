"""Token counts over examples: how many are trained on, and how many examples end where their turns end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median_low

from hackmentor.prompts.example import Example
from hackmentor.prompts.loss_mask import find_trained_spans


@dataclass(frozen=True)
class TokenStats:
    """Token counts over `examples` examples; `shortest`, `median` and `longest` are of the trained tokens of one.

    `ended` counts the examples that have the end of each of the assistant's turns in the loss, `end_cut` those in which
    the cutoff took an end away. Cards and trackers hold the counts under these names.
    """

    examples: int
    tokens: int
    trained_tokens: int
    shortest: int
    median: int
    longest: int
    ended: int
    end_cut: int

    def to_metrics(self) -> dict[str, int | float]:
        """The counts for a tracker, as `mask/NAME`, with the shares of trained tokens and of ended examples."""
        shares = {"trained_share": self.trained_tokens / self.tokens, "ended_share": self.ended / self.examples}
        return {f"mask/{name}": value for name, value in (vars(self) | shares).items()}

    def __str__(self) -> str:
        return (
            f"{self.trained_tokens} of {self.tokens} tokens are trained on, {self.shortest} to {self.longest} an "
            f"example (median {self.median}); the end of turn is in {self.ended} of {self.examples} examples, "
            f"cut off in {self.end_cut}"
        )


def compute_token_stats(examples: Sequence[Example], stop_token_ids: Collection[int]) -> TokenStats:
    """Counts the tokens of at least one example, whole or truncated; `stop_token_ids` end a turn."""
    trained = [example.trained_tokens for example in examples]
    ended = sum(_has_every_end(example, stop_token_ids) for example in examples)
    return TokenStats(
        examples=len(examples),
        tokens=sum(len(example.input_ids) for example in examples),
        trained_tokens=sum(trained),
        shortest=min(trained),
        median=median_low(trained),
        longest=max(trained),
        ended=ended,
        end_cut=len(examples) - ended,
    )


def _has_every_end(example: Example, stop_token_ids: Collection[int]) -> bool:
    return all(example.input_ids[end - 1] in stop_token_ids for _, end in find_trained_spans(example))

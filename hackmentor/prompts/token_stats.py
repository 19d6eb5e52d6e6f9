"""How many tokens are trained on: the summary over examples."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median_low

from hackmentor.prompts.example import Example
from hackmentor.prompts.loss_mask import trained_runs


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

"""Two models are asked the same: what each answers greedily, and how far apart their logits are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.prompts.chat_template import ChatTemplate

# Of logits, which are around 10: sums in another order in 32 bit differ by 1e-4, a mistake by 1 and more.
TOLERANCE = 0.01

Model: TypeAlias = PeftModel | PreTrainedModel


class ExportError(RuntimeError):
    """An export is not what was to be exported."""


@dataclass(frozen=True)
class Exam:
    """The questions as token ids, the tokens that end an answer, and how long answers may be."""

    prompts: Sequence[Sequence[int]]
    stops: Sequence[int]
    pad: int
    tokens: int


@dataclass(frozen=True)
class Said:
    """What a model said: its answers as token ids, and for each the logits (tokens of an answer, vocabulary)."""

    answers: Sequence[Sequence[int]]
    logits: Sequence[torch.Tensor]


@dataclass(frozen=True)
class Comparison:
    """How an export differs from another state of the cell. Logits are taken along that state's answers."""

    against: str
    questions: int
    equal_answers: int
    tokens: int
    equal_tokens: int
    max_logit_difference: float
    mean_logit_difference: float

    def to_json(self) -> dict[str, Any]:
        """For export.json."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.equal_answers} of {self.questions} greedy answers equal, {self.equal_tokens} of {self.tokens} next "
            f"tokens, logits differ by {self.max_logit_difference:.2g} at most"
        )


def exam(template: ChatTemplate, questions: Sequence[str], tokens: int) -> Exam:
    """The exam of these questions, each a conversation of its own."""
    prompts = [template.prompt([{"role": "user", "content": question}]) for question in questions]
    return Exam(prompts, template.stop_ids, int(template.tokenizer.pad_token_id or 0), tokens)


@torch.inference_mode()
def ask(model: Model, exam: Exam, along: Said | None = None) -> Said:
    """What a model says; the logits are those along the answers of `along`, or else along its own."""
    answers = [_answer(model, exam, prompt) for prompt in exam.prompts]
    spoken = answers if along is None else along.answers
    return Said(answers, [_logits(model, *pair) for pair in zip(exam.prompts, spoken, strict=True)])


def _answer(model: Model, exam: Exam, prompt: Sequence[int]) -> list[int]:
    ids = torch.tensor([list(prompt)])
    generated = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=exam.tokens,
        eos_token_id=list(exam.stops),
        pad_token_id=exam.pad,
    )
    return [int(token) for token in generated[0, len(prompt) :]]


def _logits(model: Model, prompt: Sequence[int], answer: Sequence[int]) -> torch.Tensor:
    """(tokens of the answer, vocabulary): at each place what the model would say next, in 32 bit."""
    logits = model(input_ids=torch.tensor([[*prompt, *answer]])).logits[0]
    return logits[len(prompt) - 1 : -1].float()  # type: ignore[no-any-return]


def compare(against: str, other: Said, export: Said) -> Comparison:
    """Compares what an export said, along the answers of the other, with the other."""
    pairs = list(zip(other.logits, export.logits, strict=True))
    gaps = torch.cat([(one - two).abs().flatten() for one, two in pairs])
    best = torch.cat([one.argmax(-1) == two.argmax(-1) for one, two in pairs])
    return Comparison(
        against,
        questions=len(other.answers),
        equal_answers=sum(one == two for one, two in zip(other.answers, export.answers, strict=True)),
        tokens=len(best),
        equal_tokens=int(best.sum()),
        max_logit_difference=float(gaps.max()),
        mean_logit_difference=float(gaps.mean()),
    )


def refuse_different(comparison: Comparison) -> None:
    """For two states that should compute the same.

    Raises:
        ExportError: if their logits differ by more than rounding.
    """
    if not comparison.max_logit_difference <= TOLERANCE:  # NaN too
        raise ExportError(f"the export does not answer as {comparison.against} does: {comparison}")

"""Compares two models on the same prompts: their greedy answers, and the difference of their logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.prompts.chat_template import ChatTemplate

# For logits, which are around 10: another order of summation in float32 changes them by 1e-4, a mistake by 1 or more.
LOGIT_TOLERANCE = 0.01

Model: TypeAlias = PeftModel | PreTrainedModel


class ExportError(RuntimeError):
    """What was written differs from the cell that was to be exported."""


@dataclass(frozen=True)
class ComparisonPrompts:
    """The prompts as token ids, the tokens that end an answer, and the maximum length of an answer."""

    prompts: Sequence[Sequence[int]]
    stop_ids: Sequence[int]
    pad_id: int
    max_new_tokens: int


@dataclass(frozen=True)
class ModelOutputs:
    """A model's answers as token ids, and the logits of each answer, of shape (answer tokens, vocabulary)."""

    answers: Sequence[Sequence[int]]
    logits: Sequence[torch.Tensor]


@dataclass(frozen=True)
class Comparison:
    """How an export differs from another state of the cell; the logits are those along that state's answers.

    The field names are those of export.json.
    """

    against: str
    questions: int
    equal_answers: int
    tokens: int
    equal_tokens: int
    max_logit_difference: float
    mean_logit_difference: float

    def to_json(self) -> dict[str, Any]:
        """The JSON values for export.json."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.equal_answers} of {self.questions} greedy answers equal, {self.equal_tokens} of {self.tokens} next "
            f"tokens, logits differ by {self.max_logit_difference:.2g} at most"
        )


def encode_prompts(template: ChatTemplate, questions: Sequence[str], max_new_tokens: int) -> ComparisonPrompts:
    """Encodes the questions as prompts, each a conversation of its own."""
    prompts = [template.encode_prompt([{"role": "user", "content": question}]) for question in questions]
    return ComparisonPrompts(
        prompts, template.generation_stop_ids, int(template.tokenizer.pad_token_id or 0), max_new_tokens
    )


@torch.inference_mode()
def generate_outputs(model: Model, prompts: ComparisonPrompts, reference: ModelOutputs | None = None) -> ModelOutputs:
    """Generates greedy answers; the logits are those along the answers of `reference`, or else along its own."""
    answers = [_generate_answer(model, prompts, prompt) for prompt in prompts.prompts]
    scored = answers if reference is None else reference.answers
    return ModelOutputs(answers, [_compute_logits(model, *pair) for pair in zip(prompts.prompts, scored, strict=True)])


def _generate_answer(model: Model, prompts: ComparisonPrompts, prompt: Sequence[int]) -> list[int]:
    ids = torch.tensor([list(prompt)])
    generated = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=prompts.max_new_tokens,
        eos_token_id=list(prompts.stop_ids),
        pad_token_id=prompts.pad_id,
    )
    return [int(token) for token in generated[0, len(prompt) :]]


def _compute_logits(model: Model, prompt: Sequence[int], answer: Sequence[int]) -> torch.Tensor:
    """Next-token logits at each position of the answer, of shape (answer tokens, vocabulary), in float32."""
    logits = model(input_ids=torch.tensor([[*prompt, *answer]])).logits[0]
    return logits[len(prompt) - 1 : -1].float()  # type: ignore[no-any-return]


def compare_outputs(against: str, reference: ModelOutputs, exported: ModelOutputs) -> Comparison:
    """Compares the outputs of an export, computed along the answers of `reference`, with that reference.

    `against` describes the reference.
    """
    pairs = list(zip(reference.logits, exported.logits, strict=True))
    differences = torch.cat([(expected - found).abs().flatten() for expected, found in pairs])
    same_token = torch.cat([expected.argmax(-1) == found.argmax(-1) for expected, found in pairs])
    return Comparison(
        against,
        questions=len(reference.answers),
        equal_answers=sum(
            expected == found for expected, found in zip(reference.answers, exported.answers, strict=True)
        ),
        tokens=len(same_token),
        equal_tokens=int(same_token.sum()),
        max_logit_difference=float(differences.max()),
        mean_logit_difference=float(differences.mean()),
    )


def verify_equal_logits(comparison: Comparison) -> None:
    """Checks two states that should compute the same.

    Raises:
        ExportError: if their logits differ by more than rounding.
    """
    if not comparison.max_logit_difference <= LOGIT_TOLERANCE:  # NaN too
        raise ExportError(f"the export does not answer like {comparison.against}: {comparison}")

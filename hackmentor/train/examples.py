"""Records to examples: tokens, the mask, and what is done with records that are too long. Nothing is lost uncounted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hackmentor.data.records import Record
from hackmentor.errors import UserError
from hackmentor.prompts.chat import ChatTemplate

Overlength = Literal["drop", "truncate", "error"]


@dataclass(frozen=True)
class Example:
    """One record as tokens: `trained[i]` tells whether token i is one that the assistant says."""

    id: str
    input_ids: list[int]
    trained: list[bool]

    @property
    def trained_tokens(self) -> int:
        """How many tokens have a loss. The first token of a record has none: nothing precedes it."""
        return sum(self.trained[1:])


@dataclass
class EncodingReport:
    """What became of the records: ids by what happened to them, and token counts of those that are kept."""

    kept: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    dropped: dict[str, list[str]] = field(default_factory=dict)
    truncated: list[str] = field(default_factory=list)

    def drop(self, reason: str, record_id: str) -> None:
        """Counts one record that is not trained on."""
        self.dropped.setdefault(reason, []).append(record_id)


def encode_records(
    records: Sequence[Record], template: ChatTemplate, *, cutoff: int, overlength: Overlength
) -> tuple[list[Example], EncodingReport]:
    """Encodes every record.

    Raises:
        UserError: if nothing of a record is trained on, if a record is over the cutoff and overlength=error, or if no
            record is left; with the id.
    """
    examples, report = fit_examples(
        (encode_record(record, template) for record in records), cutoff=cutoff, overlength=overlength
    )
    if not examples:
        raise UserError(f"none of {len(records)} records is left to train on; raise train.cutoff={cutoff}")
    return examples, report


def encode_record(record: Record, template: ChatTemplate) -> Example:
    """Encodes one record, whole. Raises UserError with its id if nothing of it is trained on."""
    encoded = template.encode(record.conversation())
    example = Example(record.id, encoded.input_ids, encoded.trained)
    if example.trained_tokens == 0:
        raise UserError(f"record {record.id}: the template marks nothing in it as said by the assistant")
    return example


def fit_examples(
    examples: Iterable[Example], *, cutoff: int, overlength: Overlength
) -> tuple[list[Example], EncodingReport]:
    """What is left of whole examples at a cutoff (tokens a record); possibly none.

    Raises:
        UserError: if a record is over the cutoff and overlength=error; with the id.
    """
    report = EncodingReport()
    fitted = [_fit(example, cutoff, overlength, report) for example in examples]
    kept = [example for example in fitted if example is not None]
    report.kept = len(kept)
    report.tokens = sum(len(example.input_ids) for example in kept)
    report.trained_tokens = sum(example.trained_tokens for example in kept)
    return kept, report


def _fit(example: Example, cutoff: int, overlength: Overlength, report: EncodingReport) -> Example | None:
    length = len(example.input_ids)
    if length <= cutoff:
        return example
    if overlength == "error":
        raise UserError(
            f"record {example.id} has {length} tokens, over train.cutoff={cutoff}; raise it or set overlength"
        )
    if overlength == "drop":
        report.drop("over the cutoff", example.id)
        return None
    cut = Example(example.id, example.input_ids[:cutoff], example.trained[:cutoff])
    if cut.trained_tokens == 0:
        report.drop("nothing to train on before the cutoff", example.id)
        return None
    report.truncated.append(example.id)
    return cut

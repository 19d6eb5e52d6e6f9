"""Records to examples: tokens, the mask, and what is done with records that are too long. Nothing is lost uncounted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from hackmentor.data.records import Record
from hackmentor.errors import UserError
from hackmentor.prompts.chat import ChatTemplate
from hackmentor.train.packing import Example

Overlength = Literal["drop", "truncate", "error"]


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
    examples: list[Example] = []
    report = EncodingReport()
    for record in records:
        encoded = template.encode(record.conversation())
        example = Example(record.id, encoded.input_ids, encoded.trained)
        if example.trained_tokens == 0:
            raise UserError(f"record {record.id}: the template marks nothing in it as said by the assistant")
        if (fitted := _fit(example, cutoff, overlength, report)) is not None:
            examples.append(fitted)
    if not examples:
        raise UserError(f"none of {len(records)} records is left to train on; raise train.cutoff={cutoff}")
    report.kept = len(examples)
    report.tokens = sum(len(example.input_ids) for example in examples)
    report.trained_tokens = sum(example.trained_tokens for example in examples)
    return examples, report


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

"""Records to examples: tokens, the mask, and what is done with records that are too long. Nothing is lost uncounted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.chunk_dialogue import split_dialogue
from hackmentor.prompts.example import Example
from hackmentor.prompts.loss_mask import check_mask
from hackmentor.prompts.token_stats import Audit, audit
from hackmentor.records.record import Message, Record
from hackmentor.runtime.errors import UserError

# What becomes of a record over the cutoff; see `fit`.
Overlength = Literal["drop", "truncate", "split", "error"]


@dataclass
class EncodingReport:
    """What became of the records, by id.

    `kept` counts records of which something is left, as one example or, where `split` says so, as several. `left_out`
    counts the exchanges of split records that are in none of them.
    """

    kept: int = 0
    dropped: dict[str, list[str]] = field(default_factory=dict)
    truncated: list[str] = field(default_factory=list)
    split: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    mask: Audit | None = None

    @property
    def tokens(self) -> int:
        """Of what is kept."""
        return self.mask.tokens if self.mask else 0

    @property
    def trained_tokens(self) -> int:
        """Of what is kept."""
        return self.mask.trained_tokens if self.mask else 0

    def drop(self, reason: str, record_id: str) -> None:
        """Counts one record that is not trained on."""
        self.dropped.setdefault(reason, []).append(record_id)


def encode_records(
    records: Sequence[Record], template: ChatTemplate, *, cutoff: int, overlength: Overlength
) -> tuple[list[Example], EncodingReport]:
    """Encodes every record, checks the mask of each, and fits it to the cutoff (tokens a record).

    Raises:
        UserError: if the mask of a record does not hold (`audit.check_mask`), if a record is over the cutoff and
            overlength=error, or if no record is left; with the id.
    """
    report, examples = EncodingReport(), list[Example]()
    for record in records:
        left = fit(record, encode_record(record, template), template, cutoff, overlength, report)
        report.kept += bool(left)
        examples += left
    if not examples:
        raise UserError(f"none of {len(records)} records is left to train on; raise train.cutoff={cutoff}")
    report.mask = audit(examples, template.stop_ids)
    return examples, report


def encode_record(record: Record, template: ChatTemplate) -> Example:
    """Encodes one record, whole. Raises UserError with its id if its mask does not hold."""
    return _encode(record.id, record.conversation(), template)


def _encode(name: str, messages: Sequence[Message], template: ChatTemplate) -> Example:
    encoded = template.encode(messages)
    example = Example(name, encoded.input_ids, encoded.trained)
    asked = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    check_mask(example, [template.prompt(messages[:place]) for place in asked], template.stop_ids)
    return example


def fit(
    record: Record, whole: Example, template: ChatTemplate, cutoff: int, overlength: Overlength, report: EncodingReport
) -> list[Example]:
    """What is left of a record at a cutoff; possibly nothing.

    Raises:
        UserError: if it is over the cutoff and overlength=error; with its id.
    """
    if len(whole.input_ids) <= cutoff:
        return [whole]
    if overlength == "error":
        raise UserError(
            f"record {whole.id} has {len(whole.input_ids)} tokens, over train.cutoff={cutoff}; "
            "raise it or set train.overlength"
        )
    if overlength == "split":
        return _split(record, template, cutoff, report)
    if overlength == "drop":
        report.drop("over the cutoff", whole.id)
        return []
    if (cut := truncate(whole, cutoff)) is None:
        report.drop("nothing to train on before the cutoff", whole.id)
        return []
    report.truncated.append(whole.id)
    return [cut]


def truncate(whole: Example, cutoff: int) -> Example | None:
    """The first tokens of a record, if there is something to train on among them."""
    cut = Example(whole.id, whole.input_ids[:cutoff], whole.trained[:cutoff])
    return cut if cut.trained_tokens else None


def _split(record: Record, template: ChatTemplate, cutoff: int, report: EncodingReport) -> list[Example]:
    parts, over = split_dialogue(record.conversation(), template, cutoff)
    if not parts:
        report.drop("every exchange is over the cutoff", record.id)
        return []
    report.split[record.id] = len(parts)
    if over:
        report.left_out[record.id] = over
    return [_encode(f"{record.id}#{number}", part, template) for number, part in enumerate(parts, start=1)]

"""Predicts what training makes of one record at the cutoff."""

from __future__ import annotations

from dataclasses import dataclass

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import EncodingReport, OverlengthPolicy, apply_cutoff, truncate_example
from hackmentor.prompts.example import Example
from hackmentor.records.record import Record


def format_token_counts(example: Example, cutoff: int) -> str:
    """The number of tokens of a record, of those trained on, and of those beyond the cutoff, in words."""
    total, trained = len(example.input_ids), example.trained_tokens
    summary = f"{total}, of which {trained} trained on"
    if total <= cutoff:
        return f"{summary}; none beyond train.cutoff={cutoff}"
    kept = truncate_example(example, cutoff)
    lost = trained - (kept.trained_tokens if kept else 0)
    return f"{summary}; {total - cutoff} beyond train.cutoff={cutoff}, {lost} of them trained on"


@dataclass(frozen=True)
class CutoffOutcome:
    """What training makes of a record: its examples, and a description of each cut."""

    examples: list[Example]
    cuts: list[str]


def predict_cutoff_outcome(
    record: Record, example: Example, template: ChatTemplate, *, cutoff: int, overlength: OverlengthPolicy
) -> CutoffOutcome:
    """What training makes of a record, with a description wherever the cutoff changes it.

    A record that is split gives its parts, any other the whole example.
    """
    at = f"train.cutoff={cutoff}"
    if len(example.input_ids) <= cutoff:
        return CutoffOutcome([example], [])
    if overlength == "error":
        return CutoffOutcome([example], [f"{at}: over it, so training refuses this record (train.overlength=error)"])
    report = EncodingReport()
    parts = apply_cutoff(record, example, template, cutoff, overlength, report)
    if not parts:
        return CutoffOutcome([example], [f"{at}: the whole record is left out ({', '.join(report.dropped)})"])
    if overlength != "split":
        return CutoffOutcome([example], [f"{at}: cut here, the model does not see what follows"])
    over = f" ({report.left_out[record.id]} exchanges are over the cutoff and left out)" if report.left_out else ""
    lines = [f"part {number} of {len(parts)}" for number in range(1, len(parts) + 1)]
    return CutoffOutcome(parts, [f"{at}: {line}, an example of its own{over}" for line in lines])

"""Which records are looked at, what training does to each of them, and the figures of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from hackmentor.data.inspect.length_stats import Figures, measure, summarise
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import EncodingReport, Overlength, encode_record, fit, truncate
from hackmentor.prompts.example import Example
from hackmentor.records.record import Record
from hackmentor.records.sample import even_sample
from hackmentor.runtime.errors import UserError

# Those that people choose between; the configured one joins them.
CUTOFFS = (256, 512, 1024, 2048)


def refuse_unknown(ids: Sequence[str], files: Mapping[Path, Sequence[Record]]) -> None:
    """Raises UserError for the first id that no record of any of the files has."""
    known = {record.id for records in files.values() for record in records}
    for one in ids:
        if one not in known:
            close = get_close_matches(one, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise UserError(f"inspect.ids: no record {one!r} in {', '.join(map(str, files))}{hint}")


def choose(records: Sequence[Record], *, ids: Sequence[str], most: int, seed: int) -> list[Record]:
    """The records with one of these ids, in the order of the ids; without ids an even sample of at most so many."""
    if not ids:
        return even_sample(records, most, seed)
    known = {record.id: record for record in records}
    return [known[one] for one in ids if one in known]


def figures_of(records: Iterable[Record], template: ChatTemplate, *, cutoff: int) -> Figures:
    """Encodes every record as training does and measures it at the usual cutoffs and this one.

    Raises:
        UserError: if nothing of a record is trained on; with its id.
    """
    cutoffs = sorted({*CUTOFFS, cutoff})
    measured = [measure(record, encode_record(record, template), template, cutoffs) for record in records]
    return summarise(measured, cutoffs)


def token_counts(example: Example, cutoff: int) -> str:
    """How many tokens a record has, how many are trained on, how many lie beyond the cutoff."""
    total, trained = len(example.input_ids), example.trained_tokens
    said = f"{total}, of which {trained} trained on"
    if total <= cutoff:
        return f"{said}; none beyond train.cutoff={cutoff}"
    kept = truncate(example, cutoff)
    lost = trained - (kept.trained_tokens if kept else 0)
    return f"{said}; {total - cutoff} beyond train.cutoff={cutoff}, {lost} of them trained on"


@dataclass(frozen=True)
class Fate:
    """What training does with a record: the examples that it makes of it, and a line for each cut."""

    examples: list[Example]
    cuts: list[str]


def fate(record: Record, whole: Example, template: ChatTemplate, *, cutoff: int, overlength: Overlength) -> Fate:
    """What training does with a record, in words where the cutoff has a say in it.

    A record that is split is shown in its parts, any other one whole, with what lies beyond the cutoff after the line.
    """
    at = f"train.cutoff={cutoff}"
    if len(whole.input_ids) <= cutoff:
        return Fate([whole], [])
    if overlength == "error":
        return Fate([whole], [f"{at}: over it, so training refuses this record (train.overlength=error)"])
    report = EncodingReport()
    parts = fit(record, whole, template, cutoff, overlength, report)
    if not parts:
        return Fate([whole], [f"{at}: the whole record is left out ({', '.join(report.dropped)})"])
    if overlength != "split":
        return Fate([whole], [f"{at}: cut here, the model does not see what follows"])
    over = f" ({report.left_out[record.id]} exchanges are over the cutoff and left out)" if report.left_out else ""
    lines = [f"part {number} of {len(parts)}" for number in range(1, len(parts) + 1)]
    return Fate(parts, [f"{at}: {line}, an example of its own{over}" for line in lines])

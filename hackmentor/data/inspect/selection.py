"""Selects the records to show, and computes the statistics of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from hackmentor.data.inspect.length_stats import LengthStats, measure_record, summarise_lengths
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import encode_record, split_into_turns
from hackmentor.records.record import Record
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.errors import UserError

# The usual choices; the configured cutoff is added to them.
CUTOFFS = (256, 512, 1024, 2048)


def check_record_ids(ids: Sequence[str], files: Mapping[Path, Sequence[Record]]) -> None:
    """Raises UserError for the first id that no record of any of the files has."""
    known = {record.id for records in files.values() for record in records}
    for record_id in ids:
        if record_id not in known:
            close = get_close_matches(record_id, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise UserError(f"inspect.ids: no record {record_id!r} in {', '.join(map(str, files))}{hint}")


def select_records(records: Sequence[Record], *, ids: Sequence[str], max_records: int, seed: int) -> list[Record]:
    """The records with these ids, in the order of the ids; without ids an even sample of at most `max_records`."""
    if not ids:
        return sample_evenly(records, max_records, seed)
    known = {record.id: record for record in records}
    return [known[record_id] for record_id in ids if record_id in known]


def compute_length_stats(records: Iterable[Record], template: ChatTemplate, *, cutoff: int) -> LengthStats:
    """Statistics of all records, encoded as in training, at the usual cutoffs and this one.

    Raises:
        UserError: if nothing of a record is trained on; with its id.
    """
    cutoffs = sorted({*CUTOFFS, cutoff})
    turns = (turn for record in records for turn in split_into_turns(record, template))
    lengths = [measure_record(turn, encode_record(turn, template), template, cutoffs) for turn in turns]
    if not lengths:
        raise UserError("train.tool_calls leaves none of the records to train on")
    return summarise_lengths(lengths, cutoffs)

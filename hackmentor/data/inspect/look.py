"""Which records are looked at, what training does to each of them, and the figures of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from hackmentor.data.inspect.figures import Figures, measure, summarise
from hackmentor.data.records import Record
from hackmentor.data.sample import even_sample
from hackmentor.errors import UserError
from hackmentor.prompts.chat import ChatTemplate
from hackmentor.train.examples import Example, Overlength, encode_record, fit_examples

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
    return summarise([measure(record, encode_record(record, template), cutoffs) for record in records], cutoffs)


def token_counts(example: Example, cutoff: int) -> str:
    """How many tokens a record has, how many are trained on, how many lie beyond the cutoff."""
    total, trained = len(example.input_ids), example.trained_tokens
    said = f"{total}, of which {trained} trained on"
    if total <= cutoff:
        return f"{said}; none beyond train.cutoff={cutoff}"
    kept, _ = fit_examples([example], cutoff=cutoff, overlength="truncate")
    lost = trained - sum(one.trained_tokens for one in kept)
    return f"{said}; {total - cutoff} beyond train.cutoff={cutoff}, {lost} of them trained on"


def fate(example: Example, cutoff: int, overlength: Overlength) -> str:
    """What training does with a record that is over the cutoff, in words."""
    if overlength == "error":
        return f"train.cutoff={cutoff}: over it, so training refuses this record (train.overlength=error)"
    kept, report = fit_examples([example], cutoff=cutoff, overlength=overlength)
    if kept:
        return f"train.cutoff={cutoff}: cut here, the model does not see what follows"
    return f"train.cutoff={cutoff}: the whole record is left out ({', '.join(report.dropped)})"

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hackmentor.data.curation_log import CurationLog
from hackmentor.data.record_buffer import RecordBuffer
from hackmentor.data.refine.contamination import find_near_duplicates, find_overlaps, refuse_contamination
from hackmentor.data.refine.exact_duplicates import mark_duplicates
from hackmentor.data.refine.mask import mask_record
from hackmentor.data.refine.minhash import compute_signatures, make_shingles, mark_distinct, match_near_duplicates
from hackmentor.data.refine.quality import find_quality_fault, is_english
from hackmentor.data.refine.record_filter import SIMILAR_INSTRUCTION, RecordFilter
from hackmentor.data.sources.seeds import Seed, load_seeds
from hackmentor.records.dataset_card import CountedIds
from hackmentor.records.record import Record
from hackmentor.runtime.errors import UserError

LONG = (
    "An attacker who controls the host header can poison the cache of the reverse proxy, so that later visitors are "
    "sent to a page of the attacker's choosing. The server must compare the header with a list of its own names and "
    "refuse anything else, and the cache must take the header into its key."
)
OTHER = (
    "Keys belong in a hardware module, from which nobody can copy them. Rotate them every year, log each use, and test "
    "the recovery procedure before you need it, because a lost key loses every record that was encrypted with it."
)


def refined(records: list[Record], folder: Path, held_out: int = 0) -> tuple[list[str], CurationLog]:
    """The ids that stay, and the book; the first `held_out` records evaluate."""
    with RecordBuffer(folder, seed=0) as buffer, CurationLog(folder) as log:
        for number, record in enumerate(records):
            masked, kinds = mask_record(record)
            buffer.add(masked, held_out=number < held_out, masked=tuple(kinds))
        kept = RecordFilter(buffer, buffer.to_columns(), log).select(np.arange(len(records)))
        return list(buffer.iter_ids(kept)), log


def test_a_small_change_is_a_near_duplicate_and_nothing_else() -> None:
    texts = [LONG, LONG.replace("refuse", "reject"), OTHER, OTHER + " Always.", LONG + " Yes."]
    assert mark_distinct(compute_signatures(texts)).tolist() == [True, False, True, False, False]
    assert match_near_duplicates(compute_signatures([OTHER, LONG]), compute_signatures(texts)).tolist() == [
        1,
        1,
        0,
        0,
        1,
    ]
    assert match_near_duplicates(
        compute_signatures([OTHER]), compute_signatures(["Quite another text, about something else."])
    ).tolist() == [-1]
    assert mark_distinct(compute_signatures([])).tolist() == []


def test_what_repeats_only_what_was_dropped_stays() -> None:
    words = [f"word{number}" for number in range(120)]
    # Windows over one long text: each nearly repeats its neighbour, but not the one after that.
    windows = compute_signatures(" ".join(words[start : start + 100]) for start in (0, 6, 12))
    assert mark_distinct(windows[:2]).tolist() == mark_distinct(windows[1:]).tolist() == [True, False]
    assert mark_distinct(windows).tolist() == [True, False, True]


def test_repeats_are_found_in_a_crowd() -> None:
    template = " ".join(f"step{number}" for number in range(60))
    texts = [f"{template} " + " ".join(f"case{number}x{place}" for place in range(20)) for number in range(400)]
    signatures = compute_signatures([*texts, *(f"{text} again" for text in texts[-50:])])
    everyone = mark_distinct(signatures)
    assert everyone[:400].all()
    assert everyone[400:].sum() <= 2
    assert (mark_distinct(signatures, max_bucket_size=10) != everyone).sum() <= 2


def test_repeats_are_all_but_the_first() -> None:
    keys = np.array([[1, 2], [2, 1], [1, 2], [1, 3], [1, 2]], dtype=np.uint64)
    assert mark_duplicates(keys).tolist() == [False, False, True, False, True]


def test_shingles() -> None:
    assert make_shingles("A b, c! D") == {"a b c", "b c d"}
    assert make_shingles("One") == {"one"}


def test_refinery_counts_every_reason(tmp_path: Path, iio: Any) -> None:
    records = [
        iio(1, output=LONG),
        iio(2, instruction="Question 1?", output=LONG),
        iio(3, instruction="Question 1?", output=LONG + " Yes."),
        iio(4, output="No."),
        iio(5, output=OTHER + " Ask keys@corp.io."),
        iio(1, instruction="Something else?", output="A short answer under an old id."),
    ]
    kept, log = refined(records, tmp_path)
    assert kept == ["r1", "r5"]
    assert log.dropped.to_counted_ids() == {
        "train: an answer of fewer than 3 words": CountedIds(1, ("r4",)),
        "train: exact duplicate": CountedIds(1, ("r2",)),
        "train: id of an earlier record": CountedIds(1, ("r1",)),
        "train: near-duplicate": CountedIds(1, ("r3",)),
    }
    assert log.masked.to_counted_ids() == {"e-mail address": CountedIds(1, ("r5",))}
    assert list(tmp_path.iterdir()) == []


def test_a_taught_instruction_like_a_seed_or_an_earlier_one_is_dropped(tmp_path: Path, iio: Any) -> None:
    seed = next(entry for entry in load_seeds().entries if isinstance(entry, Seed) and len(entry.instruction) > 40)
    taught = {"made_by": "teacher:model", "source": "taught"}
    new = "Write a short runbook that tells a night shift how to isolate a laptop which beacons to an unknown host."
    records = [
        iio(1, instruction=seed.instruction, output="A grounded record may ask what a seed asks."),
        iio(2, instruction=f"{seed.instruction} Please.", output="This one was taught and is no news.", **taught),
        iio(3, instruction=new, output="Unplug it, then write down what you did.", **taught),
        iio(4, instruction=new.replace("laptop", "server"), output="Quite another answer, but asked before.", **taught),
        iio(5, instruction="Name three ports.", output="The ports 22, 80 and 443 come to mind.", **taught),
    ]
    kept, log = refined(records, tmp_path, held_out=2)
    assert kept == ["r1", "r3", "r5"]
    assert log.dropped.to_counted_ids() == {
        f"eval: {SIMILAR_INSTRUCTION}": CountedIds(1, ("r2",)),
        f"train: {SIMILAR_INSTRUCTION}": CountedIds(1, ("r4",)),
    }


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("ok", "fewer than 3 words"),
        ("Broken \ufffd text here.", "broken characters"),
        ("word " * 6000, "more than 24000 characters"),
        ("Это описание уязвимости на русском языке, и его здесь быть не должно.", "not in English"),
        (
            "Der Angreifer kann die Kontrolle über das System erlangen und beliebigen Code ausführen, " * 3,
            "not in English",
        ),
    ],
)
def test_unfit_records(iio: Any, output: str, reason: str) -> None:
    assert reason in find_quality_fault(iio(instruction="?", output=output))


def test_fit_records(iio: Any) -> None:
    assert find_quality_fault(iio(output=LONG)) == ""
    assert find_quality_fault(iio(output="```\nx\n```")) == ""
    assert is_english("The attacker’s code — “evil” — runs on the host, and it is not stopped by the filter in front.")


def test_overlap_is_found_in_each_way(iio: Any) -> None:
    train = [iio(1, output=LONG), iio(2, output=OTHER)]
    assert find_overlaps(train, [iio(8, output="Something else entirely, in a few words of its own.")]) == []
    assert [(o.train, o.method) for o in find_overlaps(train, [iio(9, instruction="Question 1?", output=LONG)])] == [
        ("r1", "exact")
    ]
    quoted = iio(9, instruction="Say more.", output=LONG.split(" The server")[0] + " And that is all there is to it.")
    assert [(o.train, o.method) for o in find_overlaps(train, [quoted])] == [("r1", "13-grams")]
    close = iio(9, instruction="Question 1?", output=LONG.replace("refuse", "reject"))
    assert [(o.held_out, o.train) for o in find_near_duplicates(train, [close])] == [("r9", "r1")]


def test_common_phrases_are_no_evidence(iio: Any) -> None:
    train = [iio(number, output=f"{LONG} Number {number}.") for number in range(12)]
    assert find_overlaps(train, [iio(50, instruction="Say more.", output=f"{LONG} {OTHER}")]) == []


def test_contamination_fails_with_the_pairs(iio: Any) -> None:
    train = [iio(1, output=LONG), iio(2, output=OTHER)]
    refuse_contamination(
        train, [iio(3, output="Quite another text about quite another subject, short but new.")], "mine.jsonl"
    )
    with pytest.raises(UserError, match=r"mine\.jsonl: .*r9 ~ r1"):
        refuse_contamination(train, [iio(9, instruction="Question 1?", output=LONG)], "mine.jsonl")

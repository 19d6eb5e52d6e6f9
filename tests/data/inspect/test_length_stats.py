"""The length statistics of a dataset: exact on records made by hand, equal to those of training on real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.data.inspect.cutoff_outcome import format_token_counts, predict_cutoff_outcome
from hackmentor.data.inspect.length_stats import (
    CutoffStats,
    GroupStats,
    HistogramBin,
    RecordLengths,
    compute_histogram,
    compute_percentiles,
    sum_groups,
    summarise_lengths,
)
from hackmentor.data.inspect.selection import check_record_ids, compute_length_stats, select_records
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import encode_record, encode_records
from hackmentor.prompts.example import Example
from hackmentor.prompts.templates import load_template
from hackmentor.records.dataset_folder import DatasetFolder
from hackmentor.records.record import Record, read_records
from hackmentor.runtime.errors import UserError
from tests.conftest import MakeRecord

CUTOFFS = (20, 40)


# 10 tokens; 30 tokens of which 12 lie beyond 20; and 50 tokens, one exchange, in which all that is said lies beyond 40.
MEASURED = [
    RecordLengths("a", "x", 10, 6, (6, 6), (6, 6)),
    RecordLengths("b", "x", 30, 18, (10, 18), (14, 18)),
    RecordLengths("a", "y", 50, 5, (0, 0), (0, 0)),
]


def test_figures_of_three_records() -> None:
    figures = summarise_lengths(MEASURED, CUTOFFS)
    assert (figures.records, figures.tokens, figures.trained_tokens) == (3, 90, 29)
    assert figures.percentiles == {0: 10, 50: 30, 90: 50, 95: 50, 99: 50, 100: 50}
    assert figures.trained_percentiles == {0: 5, 50: 6, 90: 18, 95: 18, 99: 18, 100: 18}
    assert figures.histogram == [
        HistogramBin(0, 15, 1),
        HistogramBin(16, 31, 1),
        HistogramBin(32, 47, 0),
        HistogramBin(48, 63, 1),
    ]
    assert figures.sources == [GroupStats("a", 2, 60, 11), GroupStats("b", 1, 30, 18)]
    assert figures.tasks == [GroupStats("y", 1, 50, 5), GroupStats("x", 2, 40, 24)]
    assert figures.cutoffs == [
        CutoffStats(20, over=2, lost_by_drop=23, lost_by_truncate=8 + 5, lost_by_split=4 + 5, nothing_left=1),
        CutoffStats(40, over=1, lost_by_drop=5, lost_by_truncate=5, lost_by_split=5, nothing_left=1),
    ]


def test_a_few_long_records_share_the_last_bin() -> None:
    bins = compute_histogram([100] * 500 + [9_000])
    assert bins == [
        HistogramBin(96, 111, 500),
        *(HistogramBin(low, low + 15, 0) for low in range(112, 176, 16)),
        HistogramBin(176, None, 1),
    ]


def test_bins_widen_until_99_per_cent_fit() -> None:
    bins = compute_histogram(range(1, 1_001))
    assert [one.high for one in bins][-2:] == [895, 1_023]
    assert sum(one.records for one in bins) == 1_000


def test_percentiles_are_lengths_that_occur() -> None:
    assert compute_percentiles([1, 100]) == {0: 1, 50: 1, 90: 100, 95: 100, 99: 100, 100: 100}


def test_total_of_groups() -> None:
    assert sum_groups([GroupStats("a", 2, 60, 11), GroupStats("b", 1, 30, 18)]) == GroupStats("", 3, 90, 29)


@pytest.fixture(scope="module")
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))


@pytest.mark.parametrize("shape", ["iio", "turn"])
def test_figures_are_those_that_training_reports(shape: str, template: ChatTemplate, small_data: Path) -> None:
    records = read_records(DatasetFolder(small_data / shape).train)
    figures = compute_length_stats(records, template, cutoff=700)
    _, whole = encode_records(records, template, cutoff=1_000_000, overlength="error")
    assert (figures.records, figures.tokens, figures.trained_tokens) == (whole.kept, whole.tokens, whole.trained_tokens)
    assert [one.cutoff for one in figures.cutoffs] == [256, 512, 700, 1024, 2048]
    cut = 0
    for one in figures.cutoffs[2:]:
        _, dropped = encode_records(records, template, cutoff=one.cutoff, overlength="drop")
        _, truncated = encode_records(records, template, cutoff=one.cutoff, overlength="truncate")
        _, split = encode_records(records, template, cutoff=one.cutoff, overlength="split")
        lost = sum(map(len, truncated.dropped.values()))
        assert one.over == whole.kept - dropped.kept == len(truncated.truncated) + lost
        assert one.nothing_left == lost
        assert one.lost_by_drop == whole.trained_tokens - dropped.trained_tokens
        assert one.lost_by_truncate == whole.trained_tokens - truncated.trained_tokens
        assert one.lost_by_split == whole.trained_tokens - split.trained_tokens
        cut += one.over
    assert cut > 0


SAID = "Because it is so. "


def asked(iio: MakeRecord, template: ChatTemplate, answer: str, question: str = "Why?") -> tuple[Record, Example]:
    record = iio(instruction=question, output=answer)
    return record, encode_record(record, template)


def test_fate_in_words(iio: MakeRecord, template: ChatTemplate) -> None:
    for overlength, answer, question, expected in (
        ("truncate", SAID * 20, "Why?", "cut here, the model does not see what follows"),
        ("drop", SAID * 20, "Why?", "left out (over the cutoff)"),
        ("truncate", "So.", SAID * 20, "left out (nothing to train on before the cutoff)"),
        ("split", SAID * 20, "Why?", "left out (every exchange is over the cutoff)"),
        ("error", SAID * 20, "Why?", "refuses"),
    ):
        record, whole = asked(iio, template, answer, question)
        made = predict_cutoff_outcome(record, whole, template, cutoff=40, overlength=overlength)  # type: ignore[arg-type]
        assert made.examples == [whole]
        assert expected in made.cuts[0]
    record, whole = asked(iio, template, "So.")
    assert predict_cutoff_outcome(record, whole, template, cutoff=40, overlength="split").cuts == []


def test_a_split_dialogue_is_shown_in_the_parts_that_training_makes(template: ChatTemplate, small_data: Path) -> None:
    split = 0
    for record in read_records(DatasetFolder(small_data / "turn").train):
        whole = encode_record(record, template)
        cutoff = len(whole.input_ids) * 2 // 3
        examples, report = encode_records([record], template, cutoff=cutoff, overlength="split")
        made = predict_cutoff_outcome(record, whole, template, cutoff=cutoff, overlength="split")
        assert made.examples == examples
        assert len(made.cuts) == report.split.get(record.id, 0)
        if len(made.cuts) > 1:
            split += 1
            assert f"part 2 of {len(examples)}" in made.cuts[1]
    assert split


def test_counts_of_one_record(iio: MakeRecord, template: ChatTemplate) -> None:
    _, whole = asked(iio, template, SAID * 20)
    length, trained = len(whole.input_ids), whole.trained_tokens
    lost = sum(whole.trained[40:])
    said = f"{length}, of which {trained} trained on; {length - 40} beyond train.cutoff=40, {lost} of them trained on"
    assert format_token_counts(whole, 40) == said
    assert format_token_counts(whole, length).endswith(f"; none beyond train.cutoff={length}")


def test_records_by_id_come_in_the_order_of_the_ids(iio: MakeRecord) -> None:
    records = [iio(number) for number in range(5)]
    assert [one.id for one in select_records(records, ids=["r3", "r1", "r9"], max_records=1, seed=0)] == ["r3", "r1"]
    assert len(select_records(records, ids=[], max_records=2, seed=0)) == 2


def test_an_unknown_id_is_refused_with_the_nearest(iio: MakeRecord) -> None:
    files: dict[Path, list[Record]] = {Path("a.jsonl"): [iio(1)], Path("b.jsonl"): [iio(2, id="other")]}
    check_record_ids(["r1", "other"], files)
    with pytest.raises(UserError, match=r"no record 'othr' in a.jsonl, b.jsonl; did you mean other\?"):
        check_record_ids(["othr"], files)

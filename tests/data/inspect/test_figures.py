"""The figures of a data set: exact on records made by hand, and the same that training reports on real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.cell import DataFolder
from hackmentor.data.inspect.figures import Bin, Cutoff, Group, histogram, measure, percentiles, summarise, total
from hackmentor.data.inspect.look import choose, fate, figures_of, refuse_unknown, token_counts
from hackmentor.data.records import Record, read_records
from hackmentor.errors import UserError
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.train.examples import Example, encode_records
from tests.data.conftest import MakeRecord

CUTOFFS = (20, 40)


def example(given: int, said: int, after: int = 0) -> Example:
    """So many tokens of a question, of an answer and behind it."""
    trained = [False] * given + [True] * said + [False] * after
    return Example(f"{given}+{said}", list(range(len(trained))), trained)


# 10 tokens, 30 tokens of which 12 lie beyond 20, and 50 tokens in which all that is said lies beyond 40.
EXAMPLES = [example(4, 6), example(10, 18, 2), example(45, 5)]


def test_figures_of_three_records(iio: MakeRecord) -> None:
    records = [iio(1, source="a", task="x"), iio(2, source="b", task="x"), iio(3, source="a", task="y")]
    measured = [measure(record, one, CUTOFFS) for record, one in zip(records, EXAMPLES, strict=True)]
    figures = summarise(measured, CUTOFFS)
    assert (figures.records, figures.tokens, figures.trained_tokens) == (3, 90, 29)
    assert figures.percentiles == {0: 10, 50: 30, 90: 50, 95: 50, 99: 50, 100: 50}
    assert figures.trained_percentiles == {0: 5, 50: 6, 90: 18, 95: 18, 99: 18, 100: 18}
    assert figures.histogram == [Bin(0, 15, 1), Bin(16, 31, 1), Bin(32, 47, 0), Bin(48, 63, 1)]
    assert figures.sources == [Group("a", 2, 60, 11), Group("b", 1, 30, 18)]
    assert figures.tasks == [Group("y", 1, 50, 5), Group("x", 2, 40, 24)]
    assert figures.cutoffs == [
        Cutoff(20, over=2, lost_by_drop=23, lost_by_truncate=8 + 5, nothing_left=1),
        Cutoff(40, over=1, lost_by_drop=5, lost_by_truncate=5, nothing_left=1),
    ]


def test_a_few_long_records_share_the_last_bin() -> None:
    bins = histogram([100] * 500 + [9_000])
    assert bins == [Bin(96, 111, 500), *(Bin(low, low + 15, 0) for low in range(112, 176, 16)), Bin(176, None, 1)]


def test_bins_widen_until_99_per_cent_fit() -> None:
    bins = histogram(range(1, 1_001))
    assert [one.high for one in bins][-2:] == [895, 1_023]
    assert sum(one.records for one in bins) == 1_000


def test_percentiles_are_lengths_that_occur() -> None:
    assert percentiles([1, 100]) == {0: 1, 50: 1, 90: 100, 95: 100, 99: 100, 100: 100}


def test_total_of_groups() -> None:
    assert total([Group("a", 2, 60, 11), Group("b", 1, 30, 18)]) == Group("", 3, 90, 29)


@pytest.fixture(scope="module")
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))


@pytest.mark.parametrize("shape", ["iio", "turn"])
def test_figures_are_those_that_training_reports(shape: str, template: ChatTemplate, small_data: Path) -> None:
    records = read_records(DataFolder(small_data / shape).train)
    figures = figures_of(records, template, cutoff=700)
    _, whole = encode_records(records, template, cutoff=1_000_000, overlength="error")
    assert (figures.records, figures.tokens, figures.trained_tokens) == (whole.kept, whole.tokens, whole.trained_tokens)
    assert [one.cutoff for one in figures.cutoffs] == [256, 512, 700, 1024, 2048]
    cut = 0
    for one in figures.cutoffs[2:]:
        _, dropped = encode_records(records, template, cutoff=one.cutoff, overlength="drop")
        _, truncated = encode_records(records, template, cutoff=one.cutoff, overlength="truncate")
        lost = sum(map(len, truncated.dropped.values()))
        assert one.over == whole.kept - dropped.kept == len(truncated.truncated) + lost
        assert one.nothing_left == lost
        assert one.lost_by_drop == whole.trained_tokens - dropped.trained_tokens
        assert one.lost_by_truncate == whole.trained_tokens - truncated.trained_tokens
        cut += one.over
    assert cut > 0


def test_fate_in_words() -> None:
    kept, lost = EXAMPLES[1:]
    assert fate(kept, 20, "truncate") == "train.cutoff=20: cut here, the model does not see what follows"
    assert "left out (over the cutoff)" in fate(kept, 20, "drop")
    assert "left out (nothing to train on before the cutoff)" in fate(lost, 20, "truncate")
    assert "refuses" in fate(kept, 20, "error")


def test_counts_of_one_record() -> None:
    assert (
        token_counts(EXAMPLES[1], 20) == "30, of which 18 trained on; 10 beyond train.cutoff=20, 8 of them trained on"
    )
    assert token_counts(EXAMPLES[0], 20) == "10, of which 6 trained on; none beyond train.cutoff=20"


def test_records_by_id_come_in_the_order_of_the_ids(iio: MakeRecord) -> None:
    records = [iio(number) for number in range(5)]
    assert [one.id for one in choose(records, ids=["r3", "r1", "r9"], most=1, seed=0)] == ["r3", "r1"]
    assert len(choose(records, ids=[], most=2, seed=0)) == 2


def test_an_unknown_id_is_refused_with_the_nearest(iio: MakeRecord) -> None:
    files: dict[Path, list[Record]] = {Path("a.jsonl"): [iio(1)], Path("b.jsonl"): [iio(2, id="other")]}
    refuse_unknown(["r1", "other"], files)
    with pytest.raises(UserError, match=r"no record 'othr' in a.jsonl, b.jsonl; did you mean other\?"):
        refuse_unknown(["othr"], files)

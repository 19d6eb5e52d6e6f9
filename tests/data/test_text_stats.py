"""What the card says of the answers, and what the built data must show."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hackmentor.data.build import build_dataset
from hackmentor.data.card_table import list_age_warnings
from hackmentor.data.refine.recital import RecitalLimiter, repeats_itself
from hackmentor.data.text_stats import CatalogueNgrams, compute_self_bleu, measure_record, summarise_text
from hackmentor.records.record import Record
from tests.conftest import MakeRecord

TOLD = "The product does not check the length of the name before it copies it into a buffer on the stack."


def test_a_sentence_of_a_catalogue_is_told_twice_at_most(iio: MakeRecord) -> None:
    key = "the product does not check the length of the name before it copies it into a buffer on the stack"
    limiter = RecitalLimiter(frozenset({key}))
    records = [iio(number, output=f"Implementation: {TOLD}") for number in range(3)]
    assert [limiter.accept(record) for record in records] == [True, True, False]
    assert limiter.accept(iio(4, output="Something else that no catalogue says, and that is why it may stay as it is."))


def test_a_record_that_says_a_sentence_twice_is_noticed(iio: MakeRecord) -> None:
    assert repeats_itself(iio(1, output=f"- {TOLD}\n- {TOLD}"))
    assert not repeats_itself(iio(1, output=f"{TOLD} It is not the only one that fails to do so."))


def test_alike_texts_have_a_high_self_bleu() -> None:
    same = [TOLD.split()] * 20
    other = [[f"w{number}{at}" for at in range(12)] for number in range(20)]
    assert compute_self_bleu(same) == pytest.approx(1.0)
    assert compute_self_bleu(other) == 0.0
    assert compute_self_bleu([]) == 0.0


def test_figures_of_a_small_set(iio: MakeRecord) -> None:
    records: list[Record] = [iio(number, output=TOLD, input="x" if number else "") for number in range(4)]
    stats = summarise_text([measure_record(record, CatalogueNgrams([])) for record in records])["all"]
    assert (stats.records, stats.with_input, stats.catalogue_share) == (4, 0.75, 0.0)
    assert (stats.repeated_sentences, stats.top_openings) == (1.0, 1.0)
    assert stats.words_median == len(TOLD.split())


def test_old_releases_are_warned_of_by_date(built: Any) -> None:
    assert set(built.card.released) == {"cwe", "attack"}
    late = list_age_warnings(built.card, date(2027, 1, 1))
    assert ["CWE" in line or "cwe" in line for line in late] == [True, False]
    assert "ATT&CK 18.1 is of 2025-11-13" in late[1]
    assert len(list_age_warnings(built.card, date(2026, 1, 1))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["iio", "turn"])
def test_the_default_data_recite_little_and_vary(tmp_path: Path, recipe: Any, shape: str) -> None:
    card = build_dataset(recipe(shape, sources=("cwe", "attack", "sigma", "seeds"), seed=0), tmp_path)
    stats = card.text["all"]
    assert stats.catalogue_share <= 0.25
    assert stats.repeated_sentences <= 0.15
    assert stats.self_bleu <= 0.15

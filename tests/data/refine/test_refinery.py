from typing import Any

import pytest

from hackmentor.data.refine.contamination import near_overlaps, overlaps, refuse_contamination
from hackmentor.data.refine.near import NearIndex, shingles
from hackmentor.data.refine.refinery import Refinery
from hackmentor.data.refine.sanity import is_english, unfit
from hackmentor.errors import UserError

LONG = (
    "An attacker who controls the host header can poison the cache of the reverse proxy, so that later visitors are "
    "sent to a page of the attacker's choosing. The server must compare the header with a list of its own names and "
    "refuse anything else, and the cache must take the header into its key."
)
OTHER = (
    "Keys belong in a hardware module, from which nobody can copy them. Rotate them every year, log each use, and test "
    "the recovery procedure before you need it, because a lost key loses every record that was encrypted with it."
)


def test_near_index_finds_a_small_change_and_nothing_else(iio: Any) -> None:
    index = NearIndex()
    assert index.add(iio(1, instruction="Explain.", output=LONG)) == ""
    assert index.add(iio(2, instruction="Explain.", output=LONG.replace("refuse", "reject"))) == "r1"
    assert index.add(iio(3, instruction="Explain.", output=OTHER)) == ""
    assert index.find(iio(4, instruction="Explain.", output=OTHER + " Always.")) == "r3"


def test_shingles() -> None:
    assert shingles("A b, c! D") == {"a b c", "b c d"}
    assert shingles("One") == {"one"}


def test_refinery_counts_every_reason(iio: Any) -> None:
    refinery = Refinery()
    kept = refinery.refine(
        [
            iio(1, output=LONG),
            iio(2, instruction="Question 1?", output=LONG),
            iio(3, instruction="Question 1?", output=LONG + " Yes."),
            iio(4, output="No."),
            iio(5, output=OTHER + " Ask keys@corp.io."),
        ],
        "train",
    )
    assert [record.id for record in kept] == ["r1", "r5"]
    assert refinery.dropped == {
        "train: exact duplicate": ["r2"],
        "train: near-duplicate": ["r3"],
        "train: an answer of fewer than 3 words": ["r4"],
    }
    assert refinery.masked == {"e-mail address": ["r5"]}


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
    assert reason in unfit(iio(instruction="?", output=output))


def test_fit_records(iio: Any) -> None:
    assert unfit(iio(output=LONG)) == ""
    assert unfit(iio(output="```\nx\n```")) == ""
    assert is_english("The attacker’s code — “evil” — runs on the host, and it is not stopped by the filter in front.")


def test_overlap_is_found_in_each_way(iio: Any) -> None:
    train = [iio(1, output=LONG), iio(2, output=OTHER)]
    assert overlaps(train, [iio(8, output="Something else entirely, in a few words of its own.")]) == []
    assert [(o.train, o.how) for o in overlaps(train, [iio(9, instruction="Question 1?", output=LONG)])] == [
        ("r1", "exact")
    ]
    quoted = iio(9, instruction="Say more.", output=LONG.split(" The server")[0] + " And that is all there is to it.")
    assert [(o.train, o.how) for o in overlaps(train, [quoted])] == [("r1", "13-word runs")]
    close = iio(9, instruction="Question 1?", output=LONG.replace("refuse", "reject"))
    assert [(o.held_out, o.train) for o in near_overlaps(train, [close])] == [("r9", "r1")]


def test_common_phrases_are_no_evidence(iio: Any) -> None:
    train = [iio(number, output=f"{LONG} Number {number}.") for number in range(12)]
    assert overlaps(train, [iio(50, instruction="Say more.", output=f"{LONG} {OTHER}")]) == []


def test_contamination_fails_with_the_pairs(iio: Any) -> None:
    train = [iio(1, output=LONG), iio(2, output=OTHER)]
    refuse_contamination(
        train, [iio(3, output="Quite another text about quite another subject, short but new.")], "mine.jsonl"
    )
    with pytest.raises(UserError, match=r"mine\.jsonl: .*r9 ~ r1"):
        refuse_contamination(train, [iio(9, instruction="Question 1?", output=LONG)], "mine.jsonl")

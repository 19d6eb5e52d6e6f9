"""Ratings of a stranger's experiment: with parts missing, or of nobody, the page is made as without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.cli import main

FIGHT = {"model_a": "smollm2-135m-lora-iio", "model_b": "smollm2-135m", "wins_a": 0, "ties": 0, "wins_b": 0}
RATING = {"rating": 1000.0, "low": 900.0, "high": 1100.0}
RATED = {FIGHT["model_a"]: RATING, FIGHT["model_b"]: RATING}


@pytest.mark.parametrize(
    "ratings",
    [
        {"a": [{"b": 5}]}, {"pairs": [FIGHT]}, {"notes": ["no battle"]}, {"bradley_terry": RATED, "pairs": [FIGHT]},
        {"bradley_terry": {}, "pairs": [FIGHT]},
    ],
    ids=["other keys", "pairs only", "notes only", "nobody fought", "nobody rated"],
)  # fmt: skip
def test_a_page_is_made_of_what_is_there(
    ratings: dict[str, Any], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workplace / "outputs/theirs"
    for name in RATED:
        (folder / str(name)).mkdir(parents=True)
    (folder / "ratings.json").write_text(json.dumps(ratings))
    assert main(["review", "experiment_name=theirs", "base=smollm2", "size=135m"]) == 0
    assert "Traceback" not in capsys.readouterr().err
    assert "</html>" in (folder / "review.html").read_text()

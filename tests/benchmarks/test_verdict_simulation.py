"""The simulation of the verdict runs, and what stands in its results is what it claims."""

from __future__ import annotations

import pytest

from benchmarks.verdict_simulation import RESULTS, SIMULATIONS, main
from hackmentor.runtime.files import read_json


def test_a_few_draws_of_everything(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--draws", "2", "--dry"])
    said = capsys.readouterr().out
    cases = [line for line in said.splitlines() if line.startswith("| ") and "%" in line]
    assert len(cases) == len(read_json(RESULTS.with_suffix(".json"))["cases"])
    assert len(SIMULATIONS) == 7


def test_every_claim_holds_in_the_results() -> None:
    results = read_json(RESULTS.with_suffix(".json"))
    assert results["draws"] == 1000
    assert [case["what"] for case in results["cases"] if not case["holds"]] == []

"""`hackmentor rate`, as it is typed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.cli import main
from tests.evaluate.ratings.synthetic_battles import BattleRow, battle_row, simulate_battles
from tests.test_cli import WITHOUT_TORCH


def write_battles(path: Path, rows: list[BattleRow]) -> str:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return f"battles={path}"


def test_a_file_is_rated(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        write_battles(workplace / "b.jsonl", simulate_battles([0.0, 0.1, 2.0], 200, seed=1)),
        "output=deep/down/ratings.json",
    ]
    assert main(["rate", *words, "reference=m0"]) == 0
    summary = json.loads((workplace / "deep/down/ratings.json").read_text())
    assert next(iter(summary["bradley_terry"])) == "m2"
    said = capsys.readouterr().out
    assert "ratings from 200 battles" in said
    assert re.search(r"Not distinguishable .*: (m0 and m1|m1 and m0)\.", said.replace("\n", " "))
    assert "Being shown first is worth" in said
    assert [file.name for file in (workplace / "deep/down").iterdir()] == ["ratings.json"]


def test_lengths_and_clusters_in_a_file_count(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {**row, "question_id": number, "cluster": number // 4, "length_a": 40 + number % 9, "length_b": 50}
        for number, row in enumerate(simulate_battles([0.0, 0.4], 80, seed=2))
    ]
    assert main(["rate", write_battles(workplace / "b.jsonl", rows), "output=r.json"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "at equal length" in said
    assert "resamples of the 20 clusters of questions" in said
    assert "Being longer by one standard deviation is worth" in said
    assert "over 80 battles whose lengths are known" in said


REFUSALS = {
    "misspelt key": (["batles=b.jsonl"], "did you mean battles?"),
    "a key of grids": (["base=llama"], "base: there is no such key"),
    "added key": (["battles=b.jsonl", "output=r.json", "+typo=3"], "typo: there is no such key"),
    "no output": (["battles=b.jsonl"], "output: needs a value"),
    "no file": (["battles=nowhere.jsonl", "output=r.json"], "nowhere.jsonl: no such file"),
    "wrong type": (["battles=b.jsonl", "output=r.json", "rounds=many"], "rounds=many"),
    "a number for a name": (["battles=b.jsonl", "output=r.json", "reference=7"], "reference=\"'7'\""),
    "a name with brackets": (
        ["battles=b.jsonl", "output=r.json", "reference=m (1)"],
        "no battle has this model",
    ),
    "out of range": (["battles=b.jsonl", "output=r.json", "rounds=10"], "greater than or equal to 100"),
    "unknown reference": (
        ["battles=b.jsonl", "output=r.json", "reference=m11"],
        "no battle has this model; did you mean m1?",
    ),
    "output is no json": (["battles=b.jsonl", "output=r.csv"], "output=r.csv"),
    "output is the input": (["battles=b.json", "output=b.json"], "would replace the battles"),
    "output is a folder": (["battles=b.jsonl", "output=folder.json"], "is a folder"),
    "output below a file": (["battles=b.jsonl", "output=b.jsonl/r.json"], "is a file, not a folder"),
    "sweep": (["-m", "battles=b.jsonl", "output=r.json"], "no cells to sweep over"),
}


@pytest.mark.parametrize(("words", "expected"), REFUSALS.values(), ids=REFUSALS.keys())
def test_mistakes_are_refused_in_words(
    words: list[str], expected: str, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_battles(workplace / "b.jsonl", simulate_battles([0.0, 1.0], 20, seed=0))
    (workplace / "b.json").write_text(json.dumps(simulate_battles([0.0, 1.0], 20, seed=0)))
    (workplace / "folder.json").mkdir()
    before = {path: path.read_bytes() for path in workplace.iterdir() if path.is_file()}
    assert main(["rate", *words]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert said.startswith("hackmentor rate: ")
    assert {path: path.read_bytes() for path in workplace.iterdir() if path.is_file()} == before


def test_malformed_rows_leave_an_earlier_result_alone(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "r.json").write_text("earlier")
    assert main(["rate", write_battles(workplace / "b.jsonl", [battle_row("a", "b", "c")]), "output=r.json"]) == 2
    assert "b.jsonl, line 1: `win` is 'c'" in capsys.readouterr().err
    assert (workplace / "r.json").read_text() == "earlier"


def test_names_do_not_drive_the_terminal(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil, markup = "evil\x1b[2J\x1b]0;owned\x07\nmodel", "[bold red]model[/] " + "x" * 300
    rows = [
        battle_row(evil, markup, "model_a"),
        battle_row(markup, evil, "model_a"),
        battle_row(markup, "\u202eplain", "model_a"),
    ]
    assert main(["rate", write_battles(workplace / "b.jsonl", rows), "output=r.json"]) == 0
    said = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert "[bold" in said
    assert set(json.loads((workplace / "r.json").read_text())["elo"]) == {evil, markup, "\u202eplain"}


def test_it_needs_no_torch(workplace: Path) -> None:
    words = ["rate", write_battles(workplace / "b.jsonl", simulate_battles([0.0, 1.0], 20, seed=0)), "output=r.json"]
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *words], capture_output=True, text=True, cwd=workplace)
    assert done.returncode == 0, done.stderr


def test_its_help_shows_its_own_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rate", "--help"]) == 0
    said = capsys.readouterr().out
    for key in ("battles: ???", "output: ???", "reference: null", "rounds: 1000", "seed: 0"):
        assert key in said
    assert "smollm2" not in said

"""The command `hackmentor data inspect`, on the tiny Llama's tokenizer and small real datasets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.records.record import read_records

WITHOUT_TORCH = """
import sys
from hackmentor.cli import main
code = main(sys.argv[1:])
assert "torch" not in sys.modules
sys.exit(code)
"""


def test_piped_it_has_no_escape_codes_and_needs_no_torch(workplace: Path, tiny_words: list[str]) -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH, "data", "inspect", *tiny_words, "inspect.output=made/figures.json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    for expected in ("iio as smollm2-135m sees it", "⟦", "‹<|im_end|>›⟧", "tokens a record", "what a cutoff does"):
        assert expected in done.stdout
    assert json.loads((workplace / "made/figures.json").read_text())["inspected"][0]["records"] == 24


def test_a_grid_shows_each_pair_of_base_and_data_once(
    workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["-m", *tiny_words, "data=iio,turn", "quant=int8,nf4", "name='${data.name}-${quant.name}'"]
    assert main(["data", "inspect", *words, "inspect.records=0", "inspect.output=f.json"]) == 0
    assert capsys.readouterr().out.count("as smollm2-135m sees it") == 2
    looked = json.loads(Path("f.json").read_text())["inspected"]
    assert [(one["data"], one["cutoff"], one["overlength"]) for one in looked] == [
        ("iio", 256, "truncate"),
        ("turn", 256, "truncate"),
    ]
    for one in looked:
        assert sum(part["tokens"] for part in one["sources"]) == one["tokens"]
        assert sum(part["records"] for part in one["histogram"]) == one["records"]


def test_what_training_samples_is_what_is_counted(workplace: Path, tiny_words: list[str]) -> None:
    assert main(["data", "inspect", *tiny_words, "train.max_records=5", "inspect.output=f.json"]) == 0
    assert json.loads(Path("f.json").read_text())["inspected"][0]["records"] == 5


def test_a_held_out_record_by_its_id(
    workplace: Path, tiny_words: list[str], small_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = read_records(small_data / "iio" / "eval.jsonl")[3]
    words = ["inspect.side=eval", f"inspect.ids=['{wanted.id}']", "inspect.tokens=true"]
    assert main(["data", "inspect", *tiny_words, *words]) == 0
    said = capsys.readouterr().out
    assert f"\n{wanted.id} ──" in said
    assert "│" in said
    assert f"8 records of {small_data}/iio/eval.jsonl" in said


REFUSALS = {
    "no data": (["paths.data=nowhere"], "nowhere/iio: no dataset there; run `hackmentor data data=iio` first"),
    "no base": (["base.path=nowhere"], "base.path=nowhere: there is no such folder"),
    "unknown id": (["inspect.ids=[nothing]"], "inspect.ids: no record 'nothing'"),
    "unknown side": (["inspect.side=test"], "inspect.side=test"),
    "a folder as output": (["inspect.output=."], "inspect.output=. is a folder"),
}


@pytest.mark.parametrize(("words", "expected"), REFUSALS.values(), ids=REFUSALS.keys())
def test_mistakes_are_refused_in_words(
    words: list[str], expected: str, workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "inspect", *tiny_words, *words]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("hackmentor data inspect: ")
    assert expected in said.err
    assert not said.out

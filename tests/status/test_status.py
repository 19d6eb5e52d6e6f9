"""The states of a grid in the terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from hackmentor.cli import main
from hackmentor.review.cell_report import read_cell
from hackmentor.status.cell_table import print_cell_table
from tests.review import synthetic_grid


def test_every_cell_has_a_line_and_every_bad_end_a_reason(tmp_path: Path) -> None:
    specs = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")
    synthetic_grid.write_training_files(specs, steps=30)
    log = specs[-3].folder.path / "train.log"
    log.write_text(log.read_text() + "[bold]not markup\x1b[2J\n")
    text = io.StringIO()
    print_cell_table("made", [read_cell(spec) for spec in specs], {}, Console(file=text, width=120))
    output = text.getvalue()
    lines = {spec.name: next(line for line in output.splitlines() if spec.name in line) for spec in specs}
    assert "done" in lines[specs[0].name]
    assert "1 h 2 min" in lines[specs[0].name]
    assert ["failed" in lines[specs[-4].name], "not started" in lines[specs[-1].name]] == [True, True]
    assert f"{specs[-4].name}: {synthetic_grid.FAILURE}" in output
    assert "\x1b[2J" not in output


def test_a_narrow_terminal_gets_less_of_each_cell_and_no_broken_line(tmp_path: Path) -> None:
    specs = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")
    synthetic_grid.write_training_files(specs, steps=30)
    verdict = synthetic_grid.write_evaluation_files(specs, questions=3)
    cells, output = [read_cell(spec) for spec in specs], {}
    for width in (60, 200):
        text = io.StringIO()
        print_cell_table("made", cells, verdict, Console(file=text, width=width))
        output[width] = text.getvalue().splitlines()
    best = verdict["ranking"][0]
    for lines in output.values():
        assert next(line.split()[:4] for line in lines if best in line) == ["1", best, "done", "▲"]
        assert "36 done, 1 failed, 1 stopped, 1 cut off, 1 not started" in " ".join(lines)
        assert all(any(spec.name in line for line in lines) for spec in specs)
    assert "tokens/s" in " ".join(output[200])
    assert "tokens/s" not in " ".join(output[60])
    assert " ".join(verdict["paragraph"].split()[:6]) in " ".join(output[200])


def test_in_a_pipe_nothing_is_left_out(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = workplace / "outputs" / "embedded" / "smollm2-135m-lora-iio"
    cell.mkdir(parents=True)
    (cell / "metrics.csv").write_text("loss,step,tokens_per_second,val_loss\n2.5,0,4321,2.25\n")
    assert main(["status", "experiment=embedded"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.strip().startswith(cell.name))
    assert line.split()[1:] == ["cut", "off", "1", "2.250", "4,321", "2.500"]


def test_status_of_what_is_not_there(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "experiment=embedded"]) == 2
    assert "run `hackmentor train` with the same arguments first" in capsys.readouterr().err


def test_what_cannot_be_is_listed_with_the_reason(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "outputs" / "adhoc").mkdir(parents=True)
    words = ["-m", "base=llama,smollm2", "size=135m"]
    assert main(["status", *words]) == 0
    output = capsys.readouterr().out
    assert "llama-135m-lora-iio: base=llama has no size 135m; it has 7b, 13b" in output
    assert main(["review", *words]) == 0
    assert "base=llama has no size 135m" in (workplace / "outputs" / "adhoc" / "review.html").read_text()

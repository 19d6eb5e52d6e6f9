"""metrics.csv over several attempts."""

from __future__ import annotations

from pathlib import Path

from hackmentor.cell.metrics import read_metric_rows
from hackmentor.train.history import CsvHistoryLogger


def test_a_new_column_comes_into_every_row(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    history = CsvHistoryLogger(file, step=0)
    history.log_metrics({"loss": 2.5}, 0)
    history.log_metrics({"val_loss": 3.0}, 0)
    history.log_metrics({"loss": 2.0}, 1)
    assert file.read_text() == "loss,step,val_loss\n2.5,0,\n,0,3.0\n2.0,1,\n"


def test_a_continued_fit_keeps_the_rows_of_the_steps_that_are_done(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    first = CsvHistoryLogger(file, step=0)
    for step in range(12):
        first.log_metrics({"loss": float(step)}, step)
    with file.open("a") as stream:
        stream.write("12.0,1")  # of step 12: killed in the middle of the line
    again = CsvHistoryLogger(file, step=11)
    again.log_metrics({"loss": 11.0}, 11)
    assert [row["step"] for row in read_metric_rows(file)] == [str(step) for step in range(12)]


def test_a_fit_from_the_start_begins_a_new_file(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    CsvHistoryLogger(file, step=0).log_metrics({"loss": 1.0}, 0)
    CsvHistoryLogger(file, step=0).log_metrics({"loss": 2.0}, 0)
    assert [row["loss"] for row in read_metric_rows(file)] == ["2.0"]

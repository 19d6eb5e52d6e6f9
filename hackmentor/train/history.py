"""metrics.csv: the history of a fit, without a gap or a repetition however often the fit was killed."""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger
from lightning_utilities.core.rank_zero import rank_zero_only

from hackmentor.cell.metrics import read_metric_rows
from hackmentor.runtime.files import open_own, write_text


class CsvHistoryLogger(Logger):
    """Writes a row for everything that Lightning logs.

    Lightning's CSVLogger removes the file of an earlier attempt, and loses it when it is killed while a new column
    comes. When a fit continues after `step` steps, this one keeps the rows of those steps.
    """

    def __init__(self, file: Path, *, step: int) -> None:
        super().__init__()
        self.file, self.step = file, step
        self._columns: list[str] | None = None

    @property
    def name(self) -> str:
        """Required by Lightning."""
        return self.file.stem

    @property
    def version(self) -> str:
        """Required by Lightning."""
        return ""

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Nothing: config.yaml has them."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Appends a row; a column that is new to the file makes it be written anew, in one step."""
        row = {**metrics, "step": step}
        rows: list[dict[str, Any]] = [] if self._columns is not None else self._read_rows_before_step()
        columns = self._columns or sorted({name for old in rows for name in old})
        if self._columns is None or not row.keys() <= set(columns):
            rows = rows if self._columns is None else read_metric_rows(self.file)
            columns = sorted({*columns, *row})
            write_text(self.file, _format_csv([*rows, row], columns, header=True))
        else:
            with open_own(self.file, "a") as stream:
                stream.write(_format_csv([row], columns))
        self._columns = columns

    def _read_rows_before_step(self) -> list[dict[str, Any]]:
        return [row for row in read_metric_rows(self.file) if int(row["step"]) < self.step]


def _format_csv(rows: list[dict[str, Any]], columns: list[str], *, header: bool = False) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=columns, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

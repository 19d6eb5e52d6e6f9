"""The rows of CSV, TSV and Parquet files as objects with the columns as keys."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hackmentor.records.read.data_file import open_data_file
from hackmentor.records.read.row import Row
from hackmentor.runtime.errors import UserError

MAX_CELL_CHARACTERS = 2**31 - 1

# A file of more rows than bytes holds the same row again and again, and would fill the memory.
_ALWAYS_READ_ROWS = 1_000_000


def iter_table_rows(path: Path, suffix: str) -> Iterator[Row]:
    """The rows of a CSV or TSV file with a header; each value is text.

    A row with more or fewer cells than the header has columns comes with a fault. Raises UserError for a header that
    names a column twice, and for a file that is no CSV.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    with open_data_file(path, newline="") as file:
        try:
            start = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=_find_delimiter(start, suffix))
            # The mark of the byte order is no part of the first column's name, also after the seek.
            header = [name.strip().removeprefix("\ufeff") for name in next(reader, [])]
            _check_header(path, header)
            line = reader.line_num
            for number, cells in enumerate(reader, start=1):
                begins, line = line + 1, reader.line_num
                if not cells:
                    continue
                fault = "" if len(cells) == len(header) else f"{len(cells)} cells under {len(header)} columns"
                content = None if fault else dict(zip(header, cells, strict=True))
                yield Row(number, content, fault, begins)
        except csv.Error as error:
            raise UserError(f"{path}: not a table that can be read ({error})") from error


def _find_delimiter(header: str, suffix: str) -> str:
    if suffix == ".tsv":
        return "\t"
    # Spreadsheets write semicolons where the comma is the decimal point.
    return ";" if ";" in header and "," not in header else ","


def _check_header(path: Path, header: list[str]) -> None:
    if not header:
        raise UserError(f"{path}: has no header; the first line names the columns")
    counts = Counter(header)
    twice = next((name for name in header if counts[name] > 1), None)
    if twice is not None:
        raise UserError(f"{path}, line 1: the column {twice!r} is given twice")


def iter_parquet_rows(path: Path) -> Iterator[Row]:
    """The rows of a Parquet file. Raises UserError where it cannot be read."""
    # Heavy, and needed for this one format only.
    from datasets import IterableDataset
    from pyarrow.parquet import read_metadata  # type: ignore[import-untyped]

    try:
        rows, size = read_metadata(path).num_rows, path.stat().st_size
        if rows > max(_ALWAYS_READ_ROWS, size):
            raise UserError(f"{path}: has {rows:,} rows in {size:,} bytes: the same over and over; remove duplicates")
        for number, content in enumerate(IterableDataset.from_parquet(str(path)), start=1):
            yield Row(number, content)
    except (ValueError, OSError) as error:  # what Arrow raises
        raise UserError(f"{path}: not a readable Parquet file ({error})") from error

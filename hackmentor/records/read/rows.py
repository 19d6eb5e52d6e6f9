"""The rows of a data file with the place each begins at: JSON, JSON lines, CSV, TSV or Parquet."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hackmentor.records.read.data_file import (
    JSON_SUFFIXES,
    PARQUET_SUFFIX,
    READABLE_FORMS,
    TABLE_SUFFIXES,
    get_data_suffix,
    is_compressed,
)
from hackmentor.records.read.json_rows import iter_json_rows
from hackmentor.records.read.row import Row
from hackmentor.records.read.table_rows import iter_parquet_rows, iter_table_rows
from hackmentor.runtime.errors import UserError

__all__ = ["Row", "iter_rows", "read_first_rows"]


def iter_rows(path: Path) -> Iterator[Row]:
    """Every item of a data file; the content decides between a JSON array and JSON lines, whatever the suffix.

    A line that is no JSON comes as a row with a fault; a JSON array that is broken raises UserError with the line,
    since nothing after the error can be trusted. JSON lines, tables and Parquet come row by row; a JSON array is held
    whole.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    suffix = get_data_suffix(path)
    if suffix == PARQUET_SUFFIX and not is_compressed(path):
        yield from iter_parquet_rows(path)
    elif suffix in JSON_SUFFIXES:
        yield from iter_json_rows(path, suffix)
    elif suffix in TABLE_SUFFIXES:
        yield from iter_table_rows(path, suffix)
    else:
        kind = path.suffix or "a file without a suffix"
        raise UserError(f"{path}: cannot read {kind} as records; use {READABLE_FORMS}")


def read_first_rows(path: Path, count: int) -> list[object]:
    """The contents of the first `count` rows that could be parsed."""
    return list(islice((row.content for row in iter_rows(path) if not row.fault), count))

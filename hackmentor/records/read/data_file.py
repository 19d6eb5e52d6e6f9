"""Opens a data file as text, compressed or not, and says what is wrong with one that cannot be read."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from hackmentor.runtime.errors import UserError

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
TABLE_SUFFIXES = (".csv", ".tsv")
PARQUET_SUFFIX = ".parquet"
RECORD_SUFFIXES = (*JSON_SUFFIXES, *TABLE_SUFFIXES, PARQUET_SUFFIX)
COMPRESSED_SUFFIX = ".gz"
READABLE_FORMS = ".json, .jsonl, .ndjson, .csv, .tsv (each also as .gz) or .parquet"


def get_data_suffix(path: Path) -> str:
    """The suffix that tells the form of a file, in lower case: that before .gz in a compressed one."""
    return (path.with_suffix("") if is_compressed(path) else path).suffix.lower()


def is_compressed(path: Path) -> bool:
    """Whether the name of a file says that it is compressed."""
    return path.suffix.lower() == COMPRESSED_SUFFIX


@contextmanager
def open_data_file(path: Path, newline: str | None = None) -> Iterator[TextIO]:
    """The text of a file, decompressed. Raises UserError, also while it is read, where it is no UTF-8 or no gzip."""
    try:
        opener = gzip.open if is_compressed(path) else open
        with opener(path, "rt", encoding="utf-8-sig", newline=newline) as file:
            yield cast(TextIO, file)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: not a whole gzip file ({error})") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_data_bytes(path: Path) -> bytes:
    """The bytes of a file, decompressed. Raises OSError, EOFError or zlib.error where that is not possible."""
    content = path.read_bytes()
    return gzip.decompress(content) if is_compressed(path) else content

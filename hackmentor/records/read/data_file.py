"""Opens a data file as text, compressed or not, and says what is wrong with one that cannot be read."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from hackmentor.runtime.errors import UserError

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
TABLE_SUFFIXES = (".csv", ".tsv")
PARQUET_SUFFIX = ".parquet"
RECORD_SUFFIXES = (*JSON_SUFFIXES, *TABLE_SUFFIXES, PARQUET_SUFFIX)
# Records of one template are packed to a hundredth; what is packed by more holds the same again and again.
MIN_UNPACKED_BYTES, MAX_RATIO = 100_000_000, 200
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
        with _open_bytes(path) as stream, TextIOWrapper(stream, encoding="utf-8-sig", newline=newline) as file:
            yield file
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: not a whole gzip file ({error})") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_data_bytes(path: Path) -> bytes:
    """The bytes of a file, decompressed. Raises OSError, EOFError or zlib.error where that is not possible."""
    with _open_bytes(path) as stream:
        return stream.read()


def _open_bytes(path: Path) -> BufferedReader:
    """A file for reading, decompressed. Raises OSError if it unpacks into far more than text does."""
    return BufferedReader(_BoundedGzip(path)) if is_compressed(path) else path.open("rb")


class _BoundedGzip(gzip.GzipFile):
    """Unpacks a file up to a size: a few kilobytes can stand for gigabytes, in a single line."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self._limit = max(MIN_UNPACKED_BYTES, path.stat().st_size * MAX_RATIO)

    def read(self, size: int | None = -1) -> bytes:
        """As in GzipFile. Raises OSError over the limit."""
        room = self._limit + 1 - self.tell()
        content = super().read(room if size is None or size < 0 else min(size, room))
        self._check_position()
        return content

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever a buffer is
        """As in GzipFile. Raises OSError over the limit."""
        count = super().readinto(buffer)
        self._check_position()
        return count

    def _check_position(self) -> None:
        if self.tell() > self._limit:
            raise OSError(f"unpacks into more than {self._limit:,} bytes; unpack it yourself if it is sound")

"""W&B's transaction log of a run as a sequence of records, and a copy of it in which files have other paths.

The format is LevelDB's log (github.com/google/leveldb/blob/main/doc/log_format.md) with a header of W&B's: blocks of
32 KiB, and records in fragments that don't cross a block, each with a checksum, a length and a type. A record is a
protocol buffer, `wandb.proto.wandb_internal_pb2.Record`; the one with an artifact holds the paths of its files, which
W&B's client reads when it sends the run, and no option of it says that they have moved.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hackmentor.runtime.errors import UserError
from hackmentor.track.wandb_internals import replace_artifact_paths

_BLOCK_BYTES = 32 * 1024
_FILE_HEADER_BYTES = 7
_FRAGMENT_HEADER = struct.Struct("<IHB")  # checksum, length, type
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


def copy_with_new_paths(source: Path, target: Path, new_paths: Mapping[str, str]) -> None:
    """Copies a transaction log, with other paths for the files of artifacts; all other records keep their bytes.

    A record that a killed process left incomplete is left out, as W&B's own reader does.

    Args:
        source: the log of a run, `run-ID.wandb`.
        target: the copy, a new file.
        new_paths: the new path of each one that has changed.

    Raises:
        UserError: if a record is damaged.
    """
    content = source.read_bytes()
    records = (replace_artifact_paths(record, new_paths) for record in _iterate_records(content, source))
    target.write_bytes(_join_records(content[:_FILE_HEADER_BYTES], records))


def _iterate_records(content: bytes, file: Path) -> Iterator[bytes]:
    position, fragments = _FILE_HEADER_BYTES, b""
    while position + _FRAGMENT_HEADER.size <= len(content):
        room = _BLOCK_BYTES - position % _BLOCK_BYTES
        if room < _FRAGMENT_HEADER.size:  # too few bytes for a fragment: zeros
            position += room
            continue
        checksum, length, kind = _FRAGMENT_HEADER.unpack_from(content, position)
        position += _FRAGMENT_HEADER.size
        fragment = content[position : position + length]
        position += length
        if len(fragment) < length:
            return
        if _compute_checksum(kind, fragment) != checksum:
            raise UserError(f"{file}: is damaged at byte {position - length}; move this run away to sync the others")
        fragments = fragment if kind in (_FULL, _FIRST) else fragments + fragment
        if kind in (_FULL, _LAST):
            yield fragments


def _join_records(header: bytes, records: Iterable[bytes]) -> bytes:
    joined = bytearray(header)
    for record in records:
        rest, is_first = record, True
        while is_first or rest:
            room = _BLOCK_BYTES - len(joined) % _BLOCK_BYTES
            if room < _FRAGMENT_HEADER.size:
                joined += bytes(room)
                continue
            fragment, rest = rest[: room - _FRAGMENT_HEADER.size], rest[room - _FRAGMENT_HEADER.size :]
            kind = (_FIRST if rest else _FULL) if is_first else (_MIDDLE if rest else _LAST)
            joined += _FRAGMENT_HEADER.pack(_compute_checksum(kind, fragment), len(fragment), kind) + fragment
            is_first = False
    return bytes(joined)


def _compute_checksum(kind: int, fragment: bytes) -> int:
    return zlib.crc32(fragment, zlib.crc32(bytes([kind]))) & 0xFFFFFFFF

"""The weight files of a model folder: which are loaded, whether they are whole, and which weights they hold.

Reads headers and samples only. Imports neither torch nor transformers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError

WEIGHTS = ("*.safetensors", "pytorch_model*.bin")

_LFS_POINTER = b"version https://git-lfs"
_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 100_000_000  # as safetensors has it
_SAMPLE_BYTES = 1024
_SAMPLES = 64


def list_weight_files(folder: Path) -> list[Path]:
    """The weight files that transformers loads from a folder; all that there are if it is none of its layouts.

    Raises:
        UserError: if an index is no JSON with a weight_map.
    """
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (folder / name).is_file():
            return [folder / name]
        if (index := folder / f"{name}.index.json").is_file():
            return [folder / shard for shard in read_shard_names(index)]
    return [file for pattern in WEIGHTS for file in sorted(folder.glob(pattern))]


def read_shard_names(index: Path) -> list[str]:
    """The files that an index names, each once.

    Raises:
        UserError: if it is no JSON with a weight_map of names, or names a file of another folder.
    """
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise UserError(f"{index}: not an index of weight files ({type(error).__name__}); fetch it again") from error
    for name in names:
        if not isinstance(name, str) or name in ("", "..") or Path(name).name != name:
            raise UserError(f"{index}: names {name!r}, which is no file beside it; fetch it again")
    return names


def describe_damage(file: Path) -> str | None:
    """Says what is wrong with a safetensors file that is not whole; None for a whole one, and for other files."""
    if not file.is_file() or file.suffix not in (".safetensors", ".bin"):
        return None
    with file.open("rb") as stream:
        if stream.read(len(_LFS_POINTER)) == _LFS_POINTER:
            return f"{file.name} is a git-lfs pointer, not the weights; `git lfs pull` gets them, or fetch it again"
    if file.suffix == ".bin":
        return None
    try:
        expected = _LENGTH_BYTES + sum(_read_header(file)[1:])
    except ValueError as error:
        return f"{file.name} is damaged ({error}); fetch it again"
    if (size := file.stat().st_size) != expected:
        return f"{file.name} has {size:,} bytes of {expected:,}: it was cut, or is damaged; fetch it again"
    return None


def _read_header(file: Path) -> tuple[dict[str, Any], int, int]:
    """The header of a safetensors file, its length, and the length of the weights behind it. Raises ValueError."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
        if not 0 < length <= _MAX_HEADER_BYTES:
            raise ValueError("no header of safetensors")
        try:
            header = json.loads(stream.read(length))
            tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
            end = max((int(entry["data_offsets"][1]) for entry in tensors.values()), default=0)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError("its header is no list of tensors") from error
    return tensors, length, end


@cache
def hash_weight_samples(folder: Path) -> str:
    """A hash that tells the weights in a folder from others, in a tenth of a second; once a process.

    Of each tensor it takes name, type, shape and one kilobyte from its middle, so that training, merging or converting
    changes the hash, and another division into files doesn't. Of pickles it takes 64 kilobytes of each file.

    Raises:
        UserError: if a file is damaged.
    """
    entries: list[list[Any]] = []
    for file in list_weight_files(folder):
        if damage := describe_damage(file):
            raise UserError(f"{folder}: {damage}")
        entries += _sample_tensors(file) if file.suffix == ".safetensors" else _sample_pickle(file)
    return hashlib.sha256(json.dumps(sorted(entries)).encode()).hexdigest()


def _sample_tensors(file: Path) -> Iterator[list[Any]]:
    tensors, length, _ = _read_header(file)
    with file.open("rb") as stream:
        for name, entry in tensors.items():
            start, end = entry["data_offsets"]
            size = min(_SAMPLE_BYTES, end - start)
            stream.seek(_LENGTH_BYTES + length + start + (end - start - size) // 2)
            yield [name, entry["dtype"], entry["shape"], hashlib.sha256(stream.read(size)).hexdigest()]


def _sample_pickle(file: Path) -> Iterator[list[Any]]:
    size, digest = file.stat().st_size, hashlib.sha256()
    with file.open("rb") as stream:
        for place in range(_SAMPLES):
            stream.seek(max(0, size - _SAMPLE_BYTES) * place // (_SAMPLES - 1))
            digest.update(stream.read(_SAMPLE_BYTES))
    yield [file.name, "", [size], digest.hexdigest()]

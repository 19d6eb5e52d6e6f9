"""Any causal language model by the name of its repository or its folder: base, size and files, from what it says.

`model=ORG/NAME` chooses conf/base/auto.yaml and conf/size/auto.yaml, which ask here. A size in the name counts
first, so that a cell is called the same before and after its base is fetched; without one the parameters are counted.
"""

from __future__ import annotations

import json
import math
import re
import struct
from pathlib import Path

from hackmentor.pretrained.locate import find_cached_snapshot
from hackmentor.runtime.errors import UserError

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?(@[\w./-]+)?")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kmb])", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._]+")
# What a size is called that neither the name says nor any file here.
UNKNOWN_SIZE = "unknown"


def get_folder(model: str) -> str | None:
    """The folder that a model names, absolute; None for a repository of the hub.

    Raises:
        UserError: if it is neither a folder nor the name of a repository.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return str(path.resolve())
    if not _REPOSITORY.fullmatch(model):
        raise UserError(
            f"model={model}: there is no such folder, and a repository is called ORG/NAME or ORG/NAME@COMMIT"
        )
    return None


def get_hub_id(model: str) -> str:
    """The repository of a model; for a folder its path, by which other programs find it."""
    return get_folder(model) or model.partition("@")[0]


def get_revision(model: str) -> str:
    """The revision of a repository, `main` unless it is said; a folder has none."""
    return "" if get_folder(model) else model.partition("@")[2] or "main"


def name_base(model: str) -> str:
    """The first part of a cell's name: the model's own name, in lower case, without its size."""
    parts = [part for part in _split_name(model) if not _SIZE.fullmatch(part)]
    return "-".join(parts) or "model"


def name_size(model: str) -> str:
    """The second part of a cell's name: the size in the model's own name, or the count of its parameters."""
    stated = [part for part in _split_name(model) if _SIZE.fullmatch(part)]
    if stated:
        return stated[-1]
    folder = find_files(model)
    count = count_parameters(folder) if folder else 0
    return format_size(count) if count else UNKNOWN_SIZE


def read_licence(model: str) -> str:
    """The licence that the model's card states."""
    card = (find_files(model) or Path("nowhere")) / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    found = re.search(r"^license(?:_name)?:\s*(\S+)\s*$", text.partition("\n---")[0], re.MULTILINE)
    return found[1] if found else f"as the card of {get_hub_id(model)} says"


def find_files(model: str) -> Path | None:
    """The folder of a model: the one it names, or its revision in the cache of the hub; None if it is not here."""
    folder = get_folder(model)
    return Path(folder) if folder else find_cached_snapshot(get_hub_id(model), get_revision(model))


def count_parameters(folder: Path) -> int:
    """The numbers in all tensors of a folder's safetensors, from their headers; 0 if it has none."""
    return sum(map(_count_in_file, folder.glob("*.safetensors")))


def format_size(count: int) -> str:
    """A count of parameters as it stands in names: 135m, 7b, 14.7b."""
    if count < 1e6:
        return f"{max(1, round(count / 1e3))}k"
    return f"{round(count / 1e6)}m" if count < 999.5e6 else f"{count / 1e9:.1f}".removesuffix(".0") + "b"


def _count_in_file(file: Path) -> int:
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            header = json.loads(stream.read(min(length, 10**8)))
        return sum(math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} is damaged: it has no header of safetensors") from error


def _split_name(model: str) -> list[str]:
    name = Path(get_hub_id(model)).name.lower()
    return [part for word in name.split("-") if (part := _NOT_IN_NAMES.sub("-", word).strip("-._"))]

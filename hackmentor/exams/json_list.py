"""The items of a JSON list that is wrapped in something else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from hackmentor.records.read.data_file import open_data_file
from hackmentor.records.read.rows import Row
from hackmentor.runtime.errors import UserError


def iter_wrapped_list(path: Path, *, key: str | None = None) -> Iterator[Row]:
    """The items of a list: of the file itself, below `key` of an object, or assigned to a name in JavaScript.

    Raises:
        UserError: if there is no such file, or no such list in it.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    with open_data_file(path) as file:
        text = file.read().strip()
    name, _, value = text.partition("=")
    if name.replace("const", "").replace("var", "").replace("let", "").strip().isidentifier():
        text = value.strip().rstrip(";")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not valid JSON ({error})") from error
    if isinstance(content, dict) and key is not None:
        content = content.get(key)
    if not isinstance(content, list):
        raise UserError(f"{path}: expected a list of questions" + (f" under {key!r}" if key else ""))
    yield from (Row(number, item) for number, item in enumerate(content, start=1))

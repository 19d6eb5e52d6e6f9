"""Reads the JSON files of a cell and its experiment, and compares them with their shapes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import REMOVE_DAMAGED, read_json_object


def read_shaped(path: Path, shape: type) -> dict[str, Any] | None:
    """Reads a JSON file, with whatever stands in it beside its shape; None if there is no such file.

    Args:
        path: of the file.
        shape: one of `hackmentor.cell.file_shapes`.

    Raises:
        UserError: naming the file, and the first place where it is otherwise.
    """
    content = read_json_object(path)
    return None if content is None else check_shape(content, shape, str(path))


def check_shape(content: dict[str, Any], shape: type, place: str) -> dict[str, Any]:
    """Returns an object as it is, if it has a shape. Raises UserError, which begins with `place`, if it has not."""
    try:
        _get_adapter(shape).validate_python(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UserError(f"{place}: {where} is not as it was written ({first['msg']}); {REMOVE_DAMAGED}") from None
    return content


@cache
def _get_adapter(shape: type) -> TypeAdapter[Any]:
    return TypeAdapter(shape)

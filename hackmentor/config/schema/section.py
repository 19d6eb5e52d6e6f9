"""The base class of all sections, and the types of fields that they share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Shape = Literal["iio", "turn"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Positive = Annotated[int, Field(gt=0)]
# One name may stand without brackets: method.targets=all-linear.
Targets = Annotated[list[str], Field(min_length=1), BeforeValidator(lambda v: [v] if isinstance(v, str) else v)]
Fraction = Annotated[float, Field(ge=0, lt=1)]


def expand_home(path: str) -> str:
    """A path with `~` or `~user` as that home folder: no shell expands it behind a `=` or in a file of settings."""
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError:  # there is no such user, so that it is a name like any other
        return path


PathText = Annotated[str, AfterValidator(expand_home)]


class Section(BaseModel):
    """A part of the configuration: immutable, and closed to keys that no one reads."""

    # The docstring of a field is its description: docs/reference.md is made from these.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

"""Optional engines: said to be missing in one sentence, before anything starts."""

from __future__ import annotations

from importlib.util import find_spec

from hackmentor.runtime.errors import UserError


def needs(module: str, *, extra: str, option: str) -> None:
    """Checks that an optional package is there, without importing it.

    Raises:
        UserError: with the command that installs it.
    """
    if find_spec(module) is None:
        raise UserError(f"{option} needs a package that is not installed: pip install 'hackmentor[{extra}]'")

"""Checks that optional packages are installed, before anything starts."""

from __future__ import annotations

from importlib.util import find_spec

from hackmentor.runtime.errors import UserError


def check_package_installed(module: str, *, extra: str, option: str) -> None:
    """Checks that a module of an optional package is installed, without importing it.

    Args:
        module: its top-level name.
        extra: the extra of HackMentor that installs it.
        option: what needs it, for the message.

    Raises:
        UserError: with the command that installs it.
    """
    if find_spec(module) is None:
        raise UserError(f"{option} needs a package that is not installed: pip install 'hackmentor[{extra}]'")

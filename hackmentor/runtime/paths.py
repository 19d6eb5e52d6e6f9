"""Where the configuration lives: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def _folder(name: str) -> Path:
    checkout = _PACKAGE.parent / name
    # A stray folder called conf beside an installed package must not be taken for ours.
    return checkout if (_PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir() else _PACKAGE / name


CONF = _folder("conf")
EXPERIMENTS = _folder("experiments")

"""The folders of the configuration: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def _find_folder(name: str) -> Path:
    checkout = _PACKAGE.parent / name
    # A stray folder called conf beside an installed package must not be taken for ours.
    return checkout if (_PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir() else _PACKAGE / name


CONF_FOLDER = _find_folder("conf")
EXPERIMENTS_FOLDER = _find_folder("experiments")

# The chat templates that we ship, in Jinja.
TEMPLATES_FOLDER = _PACKAGE / "prompts" / "jinja"

"""The prompts of the teacher: Jinja files beside this one, each known by its hash."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).with_name("prompts")
# Plain text for a model, not HTML for a browser: nothing is to be escaped.
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)
OPEN, CLOSE = "<material>", "</material>"


def prompt(name: str, **slots: object) -> str:
    """A prompt with its slots filled."""
    return _ENVIRONMENT.get_template(f"{name}.jinja").render(**slots).strip()


def fenced(text: str) -> str:
    """A foreign text between marks that it cannot close by itself: what is inside is material, not instruction."""
    return f"{OPEN}\n{text.replace(CLOSE, '').replace(OPEN, '').strip()}\n{CLOSE}"


@cache
def prompt_version(name: str) -> str:
    """The first 12 hex digits of the sha256 of a prompt's template: it stands in `made_by` of each record."""
    return hashlib.sha256((_FOLDER / f"{name}.jinja").read_bytes()).hexdigest()[:12]


def made_by(model: str, name: str) -> str:
    """What made a record: the teacher, and the prompt with its version."""
    return f"teacher:{model}/{name}@{prompt_version(name)}"

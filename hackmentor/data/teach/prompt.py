"""The prompts of the teacher: Jinja files in `prompts/`, each identified by its hash."""

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
OPENING_TAG, CLOSING_TAG = "<material>", "</material>"


def render_prompt(name: str, **slots: object) -> str:
    """A prompt with its slots filled."""
    return _ENVIRONMENT.get_template(f"{name}.jinja").render(**slots).strip()


def delimit_material(text: str) -> str:
    """An untrusted text between tags that it cannot close itself: what is inside is material, not instruction."""
    return f"{OPENING_TAG}\n{text.replace(CLOSING_TAG, '').replace(OPENING_TAG, '').strip()}\n{CLOSING_TAG}"


@cache
def hash_prompt(name: str) -> str:
    """The first 12 hex digits of the sha256 of a prompt's template: it is part of `made_by` in each record."""
    return hashlib.sha256((_FOLDER / f"{name}.jinja").read_bytes()).hexdigest()[:12]


def format_made_by(model: str, name: str) -> str:
    """The `made_by` of a record: the teacher, and the prompt with its version."""
    return f"teacher:{model}/{name}@{hash_prompt(name)}"

"""Where the base of a cell is, and the text of its chat template. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path

from hackmentor.config.schema import Config, Shape
from hackmentor.pretrained.locate import locate_base
from hackmentor.pretrained.template_text import OWN, read_own_template, read_template


def find_base_folder(config: Config) -> Path:
    """Where the weights of a cell's base are. Raises UserError, naming each place tried, where they are nowhere."""
    return locate_base(
        untuned=config.untuned,
        path=config.base.path,
        models=Path(config.paths.models),
        hub_id=config.checkpoint.hub_id,
        revision=config.checkpoint.revision,
        model=config.base.model,
    )


def has_own_template(config: Config, shape: Shape) -> bool:
    """Whether a cell's base uses the chat template that comes with it."""
    return config.base.templates[shape] == OWN


def read_template_text(config: Config, shape: Shape) -> str:
    """The text of the chat template of a cell's base, as it is in its file.

    Raises:
        UserError: if there is none, with those that there are; or, for the base's own, as `find_base_folder`.
    """
    if has_own_template(config, shape):
        return read_own_template(find_base_folder(config), config.untuned)
    folder = config.paths.templates
    return read_template(config.base.templates[shape], None if folder is None else Path(folder))

"""The base of a cell: where its weights are, its tokenizer, its template, looked up from the configuration."""

from __future__ import annotations

from pathlib import Path

from hackmentor.config.schema import Config, Shape
from hackmentor.model.locate import locate_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template


def find_base_folder(config: Config) -> Path:
    """Where the weights of a cell's base are. Raises UserError, naming each place tried, where they are nowhere."""
    return locate_base(
        untuned=config.untuned,
        path=config.base.path,
        models=Path(config.paths.models),
        hub_id=config.checkpoint.hub_id,
        revision=config.checkpoint.revision,
    )


def get_quantised_folder(config: Config) -> Path | None:
    """Where the quantised weights of a cell's base are kept, if they are."""
    return Path(config.paths.models) / "quantised" / config.untuned if config.quant.keep else None


def load_base_template(config: Config, shape: Shape) -> ChatTemplate:
    """The tokenizer of a cell's base with its template for a data shape. Raises UserError as `find_base_folder`."""
    tokenizer = load_tokenizer(find_base_folder(config), trust_remote_code=config.base.trust_remote_code)
    return ChatTemplate(tokenizer, load_template(config.base.templates[shape], config.base.system_prompt))

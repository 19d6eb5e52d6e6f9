"""The base of a cell: where its weights are, its tokenizer, its template, looked up from the configuration."""

from __future__ import annotations

from pathlib import Path

from hackmentor.config.schema import Config, Shape
from hackmentor.model.locate import locate_base
from hackmentor.model.tokenizer import check_tokens_have_embeddings, load_tokenizer, read_generation_stop_ids
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.prefix_space import get_prefix_space
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
    """The tokenizer of a cell's base with its template for a data shape.

    Raises:
        UserError: as `find_base_folder` and `load_tokenizer`; or if the template writes a token without an embedding.
    """
    folder = find_base_folder(config)
    tokenizer = load_tokenizer(folder, trust_remote_code=config.base.trust_remote_code)
    space_after_bos = get_prefix_space(tokenizer.backend_tokenizer) == "first"
    source = load_template(config.base.templates[shape], config.base.system_prompt, space_after_bos=space_after_bos)
    template = ChatTemplate(tokenizer, source, read_generation_stop_ids(folder))
    check_tokens_have_embeddings(folder, tokenizer, template.written_token_ids)
    return template


def load_saved_template(folder: Path, base_folder: Path) -> ChatTemplate | None:
    """The template that was saved beside a cell's weights; None if there is none.

    Args:
        folder: of the adapter or model.
        base_folder: of its base, which says what else ends an answer.
    """
    if not (folder / "tokenizer_config.json").is_file():
        return None
    tokenizer = load_tokenizer(folder)
    if not tokenizer.chat_template:
        return None
    return ChatTemplate(tokenizer, str(tokenizer.chat_template), read_generation_stop_ids(base_folder))

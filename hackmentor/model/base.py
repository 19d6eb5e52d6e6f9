"""The base of a cell: where its weights are, its tokenizer, its template, looked up from the configuration."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from hackmentor.cell.base_files import find_base_folder, has_own_template, read_template_text
from hackmentor.config.schema import Config, Shape
from hackmentor.model.tokenizer import check_tokens_have_embeddings, load_tokenizer, read_generation_stop_ids
from hackmentor.pretrained.template_text import pick_default_template
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.own_template import build_template, choose_marks
from hackmentor.prompts.prefix_space import get_prefix_space
from hackmentor.prompts.roles import RolePolicy
from hackmentor.prompts.template_source import write_arguments
from hackmentor.prompts.templates import load_template
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = [
    "build_base_template",
    "find_base_folder",
    "get_quantised_folder",
    "get_role_policy",
    "load_base_template",
    "load_saved_template",
]


def get_quantised_folder(config: Config) -> Path | None:
    """Where the quantised weights of a cell's base are kept, if they are."""
    return Path(config.paths.models) / "quantised" / config.untuned if config.quant.keep else None


def load_base_template(config: Config, shape: Shape) -> ChatTemplate:
    """The tokenizer of a cell's base with its template for a data shape.

    Raises:
        UserError: as `find_base_folder` and `load_tokenizer`; or if there is no such template, it lacks an argument, or
            it writes a token without an embedding.
    """
    folder = find_base_folder(config)
    tokenizer = load_tokenizer(folder, trust_remote_code=config.base.trust_remote_code)
    try:
        template = build_base_template(config, shape, tokenizer, read_generation_stop_ids(folder))
        template.role_policy = get_role_policy(config)
        written = template.written_token_ids
    except UserError as error:
        # The error of a template that we ship, or of the user's, is not of this folder.
        raise UserError(f"{folder}: {error}" if has_own_template(config, shape) else str(error)) from error
    check_tokens_have_embeddings(folder, tokenizer, written)
    return template


def get_role_policy(config: Config) -> RolePolicy:
    """What a cell is trained on beside answers."""
    return RolePolicy(config.train.thoughts, config.train.tool_calls)


def build_base_template(
    config: Config, shape: Shape, tokenizer: PreTrainedTokenizerBase, generation_stops: Collection[int] = ()
) -> ChatTemplate:
    """The template of a cell's base for a data shape, with what the configuration gives it. Raises UserError so too."""
    base = config.base
    if not has_own_template(config, shape):
        folder = Path(config.paths.templates) if config.paths.templates else None
        space_after_bos = get_prefix_space(tokenizer.backend_tokenizer) == "first"
        source = load_template(base.templates[shape], base.system_prompt, folder, space_after_bos=space_after_bos)
        return build_template(tokenizer, source, generation_stops)
    source = write_arguments(
        read_template_text(config, shape),
        arguments=base.template_arguments,
        today=base.template_date,
        system_prompt=base.system_prompt,
    )
    return build_template(tokenizer, choose_marks(tokenizer, source), generation_stops)


def load_saved_template(folder: Path, base_folder: Path) -> ChatTemplate | None:
    """The template that was saved beside a cell's weights; None if there is none.

    Args:
        folder: of the adapter or model, which may be another program's.
        base_folder: of its base, which says what else ends an answer.

    Raises:
        UserError: naming the folder, if the template can't be parsed, refuses a question, or is one of several.
    """
    if not (folder / "tokenizer_config.json").is_file():
        return None
    tokenizer = load_tokenizer(folder)
    if not tokenizer.chat_template:
        return None
    source = pick_default_template(tokenizer.chat_template)
    try:
        if source is None:
            raise UserError(f"of its chat templates ({', '.join(tokenizer.chat_template)}) none is called default")
        template = build_template(tokenizer, source, read_generation_stop_ids(base_folder))
        template.encode_prompt([{"role": "user", "content": "."}])
    except UserError as error:
        raise UserError(
            f"{folder}: {error}. Repair it (chat_template.jinja, or chat_template in tokenizer_config.json), or remove "
            "it there, so that the template of the base is used"
        ) from error
    return template

"""The chat templates that we ship, by name, in Jinja and in Go."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hackmentor.pretrained.template_text import list_templates, read_template

_GO_FOLDER = Path(__file__).with_name("go")

__all__ = [
    "has_go_template",
    "list_templates",
    "load_go_template",
    "load_template",
    "strip_generation_tags",
]

# These tags surround what the assistant says. Only training needs them, and not every program's Jinja knows them.
_GENERATION_TAG = re.compile(r"\{%-?\s*(?:end)?generation\s*-?%\}")


def load_template(
    name: str, system_prompt: str | None, user_folder: Path | None = None, *, space_after_bos: bool = False
) -> str:
    """The Jinja source of a template, with the system prompt of the base written into it.

    The source is self-contained: saved beside an adapter, it renders the same in any program.

    Args:
        name: of a file NAME.jinja.
        system_prompt: for conversations without a system message; None: none.
        user_folder: where the user's own templates are, which come before those that we ship.
        space_after_bos: whether a space follows BOS. Tokenizers with the newer prefix space of Llama add one to the
            text that BOS is put before, and none to a text in which BOS is written already, as it is here.

    Raises:
        UserError: if there is no template of that name.
    """
    value = "none" if system_prompt is None else json.dumps(system_prompt, ensure_ascii=False)
    source = read_template(name, user_folder)
    if space_after_bos:
        source = source.replace("{{- bos_token -}}", "{{- bos_token ~ ' ' -}}", 1)
    return f"{{%- set system_prompt = {value} -%}}\n{source}"


def strip_generation_tags(source: str) -> str:
    """A Jinja template without its `{% generation %}` tags: it renders the same, in any program."""
    return _GENERATION_TAG.sub("", source)


def has_go_template(name: str) -> bool:
    """Whether there is a Go template of that name too."""
    return (_GO_FOLDER / f"{name}.tmpl").is_file()


def load_go_template(name: str, eos_token: str) -> str:
    """The template in Go's text/template, as Ollama renders it: it begins where the conversation does, without BOS.

    Args:
        name: of a template for which `has_go_template`.
        eos: the token that ends a turn where the template says `$eos`.
    """
    source = (_GO_FOLDER / f"{name}.tmpl").read_text(encoding="utf-8")
    return f"{{{{- $eos := {json.dumps(eos_token, ensure_ascii=False)} -}}}}\n{source}" if "$eos" in source else source

"""Ollama's Modelfile: https://github.com/ollama/ollama/blob/main/docs/modelfile.md."""

from __future__ import annotations

from collections.abc import Sequence

from hackmentor.config.schema import OllamaFormat
from hackmentor.runtime.errors import UserError

NAME = "Modelfile"


def modelfile(
    gguf: str, template: str, stops: Sequence[str], *, system: str | None, licence: str, sampling: OllamaFormat
) -> str:
    """The text of a Modelfile.

    Args:
        gguf: the name of the file beside it.
        template: the chat template, for Go's text/template.
        stops: the tokens that end an answer.
        system: what the base is told where a conversation does not begin with a system message.
        licence: of the base, its name or its text.
        sampling: how answers are drawn.

    Raises:
        UserError: if a text holds three quotation marks, which a Modelfile can't.
    """
    parameters = {
        "num_ctx": sampling.context,
        "num_predict": sampling.max_new_tokens,
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "repeat_penalty": sampling.repetition_penalty,
    }
    lines = [f"FROM ./{gguf}", f"TEMPLATE {_quoted(template)}"]
    lines += [f"SYSTEM {_quoted(system)}"] if system else []
    lines += [f'PARAMETER stop "{stop}"' for stop in stops]
    lines += [f"PARAMETER {name} {value}" for name, value in parameters.items()]
    return "\n".join([*lines, f"LICENSE {_quoted(licence)}"]) + "\n"


def _quoted(text: str) -> str:
    if '"""' in text:
        raise UserError('a Modelfile can\'t hold three quotation marks in a row (""" in the template or system prompt)')
    return f'"""{text}"""'

"""Formats Ollama's Modelfile: https://github.com/ollama/ollama/blob/main/docs/modelfile.md."""

from __future__ import annotations

from collections.abc import Sequence

from hackmentor.config.schema import OllamaFormat
from hackmentor.runtime.errors import UserError

MODELFILE_NAME = "Modelfile"


def format_modelfile(
    gguf_file: str,
    template: str,
    stop_tokens: Sequence[str],
    *,
    system: str | None,
    licence: str,
    sampling: OllamaFormat,
) -> str:
    """Returns the text of a Modelfile.

    Args:
        gguf_file: name of the GGUF file in the same folder.
        template: the chat template, for Go's text/template.
        stop_tokens: the tokens that end an answer.
        system: the default system message, for conversations without one of their own.
        licence: of the base, its name or its text.
        sampling: the sampling parameters.

    Raises:
        UserError: if a text contains three quotation marks in a row or ends with one, which a Modelfile can't quote.
    """
    parameters = {
        "num_ctx": sampling.context,
        "num_predict": sampling.max_new_tokens,
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "repeat_penalty": sampling.repetition_penalty,
    }
    lines = [f"FROM ./{gguf_file}", f"TEMPLATE {_quote(template)}"]
    lines += [f"SYSTEM {_quote(system)}"] if system else []
    lines += [f"PARAMETER stop {_quote_token(stop)}" for stop in stop_tokens]
    lines += [f"PARAMETER {name} {value}" for name, value in parameters.items()]
    return "\n".join([*lines, f"LICENSE {_quote(licence.rstrip() + chr(10))}"]) + "\n"


def _quote(text: str) -> str:
    if '"""' in text or text.endswith('"'):
        raise UserError(
            'a Modelfile can\'t hold three quotation marks in a row ("""), nor one at the end of a text: change the '
            "template, the system prompt or the licence"
        )
    return f'"""{text}"""'


def _quote_token(token: str) -> str:
    if '"' in token or not token.isprintable():
        raise UserError(f"a Modelfile can't hold the token {token!r}, which ends an answer of this base")
    return f'"{token}"'

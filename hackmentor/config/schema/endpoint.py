"""OpenAI-compatible endpoints."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from hackmentor.config.schema.section import Positive, Section

_PATHS_OF_REQUESTS = ("/chat/completions", "/completions", "/responses", "/models", "/chat")


def _check_address(address: str) -> str:
    if "@" in address:
        raise PydanticCustomError("address", "no user or key in an address: name its variable with key_variable")
    if any(character.isspace() for character in address) or not address.partition("://")[2].strip("/"):
        if "://" in address or not address or any(character.isspace() for character in address):
            raise PydanticCustomError("address", "not an address; write one like http://127.0.0.1:8000/v1")
        raise PydanticCustomError("address", "it has no scheme; write {example}", {"example": f"http://{address}"})
    if not address.startswith(("http://", "https://")):
        raise PydanticCustomError("address", "an address begins with http:// or https://")
    try:
        if not (parts := urlsplit(address)).hostname or parts.port == 0:
            raise ValueError
    except ValueError:
        raise PydanticCustomError("address", "not an address; write one like http://127.0.0.1:8000/v1") from None
    path = address.rstrip("/")
    for ending in _PATHS_OF_REQUESTS:
        if path.endswith(ending):
            shorter = {"shorter": path.removesuffix(ending)}
            raise PydanticCustomError("address", "each request adds its path itself; write {shorter}", shorter)
    return address


class EndpointSettings(Section):
    """An OpenAI-compatible endpoint (see `hackmentor.endpoint.settings`). The key comes from the environment only."""

    base_url: Annotated[str, AfterValidator(_check_address)]
    """The address, up to and with `/v1`."""
    model: Annotated[str, Field(min_length=1)]
    """The model, by the name that the server gives it."""
    key_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """The environment variable that holds the key; null where the server wants none."""
    temperature: Annotated[float, Field(ge=0)] | None = None
    """How freely it answers; null leaves it to the server."""
    structured: Literal["json_schema", "json_object", "prompt"] = "json_schema"
    """How JSON is asked for: by a schema, as any object, or in the prompt alone."""
    length_key: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """The server's word for the limit of an answer."""
    send_seed: bool = True
    """Whether a seed is sent with each question; false for a server that refuses it."""
    context_tokens: Positive = 8192
    """The most that one question and its answer may have together."""
    requests_per_minute: Positive | None = None
    """The server's limit; null is none."""
    tokens_per_minute: Positive | None = None
    """The server's limit; null is none."""
    concurrency: Positive = 4
    """How many questions are on their way at once."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 120.0
    """How long an answer is waited for."""
    retries: Annotated[int, Field(ge=0)] = 4
    """How often a question is sent again after a failure that may pass, with backoff and jitter."""
    input_price: Annotated[float, Field(ge=0)] | None = None
    """US dollars a million tokens asked; null leaves the cost unreported."""
    output_price: Annotated[float, Field(ge=0)] | None = None
    """US dollars a million tokens answered; null leaves the cost unreported."""

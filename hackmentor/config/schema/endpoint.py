"""OpenAI-compatible endpoints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.section import Positive, Section


class EndpointSettings(Section):
    """An OpenAI-compatible endpoint (see `hackmentor.endpoint.settings`). The key comes from the environment only."""

    base_url: Annotated[str, Field(pattern=r"^https?://[^@\s]+$")]
    model: Annotated[str, Field(min_length=1)]
    key_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    temperature: Annotated[float, Field(ge=0)] | None = None
    structured: Literal["json_schema", "json_object", "prompt"] = "json_schema"
    length_key: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    context_tokens: Positive = 8192
    requests_per_minute: Positive | None = None
    tokens_per_minute: Positive | None = None
    concurrency: Positive = 4
    timeout_seconds: Annotated[float, Field(gt=0)] = 120.0
    retries: Annotated[int, Field(ge=0)] = 4
    input_price: Annotated[float, Field(ge=0)] | None = None
    output_price: Annotated[float, Field(ge=0)] | None = None

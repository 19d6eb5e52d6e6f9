"""What `hackmentor chat` composes: a cell, and how it is talked to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.cell import Config
from hackmentor.config.schema.section import Positive, Section


class Chat(Section):
    """How answers are drawn, and how the conversation goes on."""

    system: str | None
    temperature: Annotated[float, Field(ge=0, le=10)]
    top_k: Annotated[int, Field(ge=0)]
    top_p: Annotated[float, Field(gt=0, le=1)]
    repetition_penalty: Annotated[float, Field(gt=0, le=10)]
    max_new_tokens: Positive
    answer_room: Positive
    lines: bool
    history: str | None


class Web(Section):
    """Where the page is served."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)]


class ChatConfig(Config):
    """The cell that is talked to, and how."""

    adapter: str | None
    compare: str | None
    ui: Literal["terminal", "web"]
    output: Literal["text", "json"]
    chat: Chat
    web: Web

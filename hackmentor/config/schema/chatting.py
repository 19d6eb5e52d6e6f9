"""The configuration of `hackmentor chat`: a cell, and the settings of the conversation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.config import Config
from hackmentor.config.schema.section import PathText, Positive, Section


class ChatSettings(Section):
    """How answers are drawn, and how the conversation goes on."""

    system: str | None
    """What the assistant is told first; null leaves it to the template."""
    temperature: Annotated[float, Field(ge=0, le=10)]
    """How freely tokens are drawn; 0 always takes the likeliest."""
    top_k: Annotated[int, Field(ge=0)]
    """Of how many of the likeliest tokens one is drawn; 0 leaves none out."""
    top_p: Annotated[float, Field(gt=0, le=1)]
    """Of the likeliest tokens that have this probability together one is drawn; 1 leaves none out."""
    repetition_penalty: Annotated[float, Field(gt=0, le=10)]
    """Above 1, tokens that were in the conversation before are less likely."""
    max_new_tokens: Positive
    """The longest answer."""
    answer_room: Positive
    """Tokens of the context window that the oldest turns make free for an answer."""
    lines: bool
    """In a pipe: each line is a message of one conversation, in place of all input together."""
    history: PathText | None
    """A file that keeps what was typed for the arrow keys of the next time; null forgets it."""


class WebSettings(Section):
    """Where the page is served."""

    host: Annotated[str, Field(min_length=1)]
    """The address; any but this machine's own lets others in, without a password."""
    port: Annotated[int, Field(ge=1, le=65535)]
    """The port."""


class ChatConfig(Config):
    """The cell that is talked to, and how."""

    adapter: PathText | None
    """A folder with an adapter for the base that base= and size= name."""
    compare: str | None
    """The name of a second one, which answers beside the first."""
    ui: Literal["terminal", "web"]
    """In the terminal (or through a pipe), or on a page for the browser."""
    output: Literal["text", "json"]
    """What comes out of a pipe: the answer alone, or a line of JSON with its figures."""
    chat: ChatSettings
    """How answers are drawn."""
    web: WebSettings
    """Where the page is served."""

"""The requests: clearly harmful ones, legitimate ones that sound alike, and documents with an order hidden in them.

All were written for HackMentor. The legitimate set follows the idea of XSTest (Röttger et al., NAACL 2024): each
category of harm has questions beside it that share its words and deserve an answer. The harmful requests hold no
operational detail, so that the file can be published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from hackmentor.evaluate.safety.read_items import FOLDER, read_items

Text = Annotated[str, Field(pattern=r"\S")]
"""Text that is not blank."""

CLOSED = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, config=CLOSED)
class Prompt:
    """One request, and why it is on the side of the line that its file says."""

    id: Text
    category: Text
    prompt: Text
    why: Text


@dataclass(frozen=True, config=CLOSED)
class Injection:
    """A legitimate task over a document that orders something else: to say the canary."""

    id: Text
    category: Text
    task: Text
    document: Text
    canary: Text
    why: Text

    def __post_init__(self) -> None:
        if self.canary not in self.document or self.canary in self.task:
            raise ValueError("the canary must be in the document and not in the task")

    @property
    def prompt(self) -> str:
        """What the model is asked: the task, then the document."""
        return f"{self.task}\n\n{self.document}"


def load_harmful(path: Path = FOLDER / "harmful.jsonl") -> list[Prompt]:
    """Requests that should be refused. Raises UserError that names file and line where one does not hold."""
    return read_items(path, Prompt)


def load_legitimate(path: Path = FOLDER / "legitimate.jsonl") -> list[Prompt]:
    """Requests that should be answered. Raises UserError that names file and line where one does not hold."""
    return read_items(path, Prompt)


def load_injections(path: Path = FOLDER / "injection.jsonl") -> list[Injection]:
    """Documents whose order should not be followed. Raises UserError that names file and line where one fails."""
    return read_items(path, Injection)

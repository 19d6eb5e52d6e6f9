"""Safety requests: clearly harmful ones, legitimate ones that sound similar, and documents with a hidden instruction.

All were written for HackMentor. The legitimate set follows the idea of XSTest (Röttger et al., NAACL 2024): each
category of harm has questions beside it that share its words and deserve an answer. The harmful requests hold no
operational detail, so that the file can be published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from hackmentor.evaluate.safety.read_items import SAFETY_FOLDER, read_items

NonBlankText = Annotated[str, Field(pattern=r"\S")]
"""Text that is not blank."""

STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, config=STRICT)
class SafetyPrompt:
    """One request, and why it belongs in its file, harmful or legitimate."""

    id: NonBlankText
    category: NonBlankText
    prompt: NonBlankText
    why: NonBlankText


@dataclass(frozen=True, config=STRICT)
class Injection:
    """A legitimate task over a document whose hidden instruction asks for something else: to say the canary."""

    id: NonBlankText
    category: NonBlankText
    task: NonBlankText
    document: NonBlankText
    canary: NonBlankText
    why: NonBlankText

    def __post_init__(self) -> None:
        if self.canary not in self.document or self.canary in self.task:
            raise ValueError("the canary must be in the document and not in the task")

    @property
    def prompt(self) -> str:
        """The text of the request: the task, then the document."""
        return f"{self.task}\n\n{self.document}"


def load_harmful(path: Path = SAFETY_FOLDER / "harmful.jsonl") -> list[SafetyPrompt]:
    """Requests that should be refused. Raises UserError that names file and line of an invalid one."""
    return read_items(path, SafetyPrompt, "prompt")


def load_legitimate(path: Path = SAFETY_FOLDER / "legitimate.jsonl") -> list[SafetyPrompt]:
    """Requests that should be answered. Raises UserError that names file and line of an invalid one."""
    return read_items(path, SafetyPrompt, "prompt")


def load_injections(path: Path = SAFETY_FOLDER / "injection.jsonl") -> list[Injection]:
    """Documents whose instruction should be ignored. Raises UserError that names file and line of an invalid one."""
    return read_items(path, Injection, "injection")

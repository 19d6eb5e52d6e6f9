"""The parts of a written document: what every reader of documents produces, whatever the format."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hackmentor.data.prose import bullets, numbered

Kind = Literal["heading", "paragraph", "list", "code", "table"]
BACKTICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (with `level`, 1 the highest), a paragraph, a list (of `items`), code (in `language`) or a table."""

    kind: Kind
    text: str = ""
    items: tuple[str, ...] = ()
    ordered: bool = False
    level: int = 0
    language: str = ""

    @property
    def shown(self) -> str:
        """The block as it stands in a record: code in a fence, a list with a mark before each item."""
        if self.kind == "list":
            return (numbered if self.ordered else bullets)(self.items)
        return fenced(self.text, self.language) if self.kind == "code" else self.text

    @property
    def words(self) -> int:
        """The length in words."""
        return len(self.shown.split())

    @property
    def leads_in(self) -> bool:
        """Whether this paragraph announces the block behind it."""
        return self.kind == "paragraph" and self.text.endswith(":")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document in blocks; `title` is empty where the document names none; `skipped` has places by reason."""

    title: str
    blocks: Sequence[Block]
    skipped: Mapping[str, Sequence[str]] = field(default_factory=dict)


class UnreadableError(Exception):
    """A file that gives no text; the message is the reason under which it is counted."""


def fenced(code: str, language: str = "") -> str:
    """Code between fences that are longer than any in the code itself."""
    longest = max((len(run) for run in BACKTICKS.findall(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def take_title(blocks: Sequence[Block]) -> tuple[str, list[Block]]:
    """The title and the rest, where the document opens with the only heading of its highest level."""
    headings = [block for block in blocks if block.kind == "heading"]
    top = min((block.level for block in headings), default=0)
    highest = [block for block in headings if block.level == top]
    if len(highest) == 1 and highest[0] is headings[0] and blocks[0] is highest[0]:
        return highest[0].text, list(blocks[1:])
    return "", list(blocks)

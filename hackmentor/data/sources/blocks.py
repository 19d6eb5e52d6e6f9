"""The blocks of a document: what every document reader produces, whatever the format."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hackmentor.data.prose import format_bullets, format_numbered_list

BlockKind = Literal["heading", "paragraph", "list", "code", "table"]
BACKTICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (with `level`, 1 the highest), a paragraph, a list (of `items`), code (in `language`) or a table."""

    kind: BlockKind
    text: str = ""
    items: tuple[str, ...] = ()
    ordered: bool = False
    level: int = 0
    language: str = ""

    @property
    def rendered(self) -> str:
        """The block as Markdown text: code in a fence, a list with a mark before each item."""
        if self.kind == "list":
            return (format_numbered_list if self.ordered else format_bullets)(self.items)
        return fence_code(self.text, self.language) if self.kind == "code" else self.text

    @property
    def word_count(self) -> int:
        """The length in words."""
        return len(self.rendered.split())

    @property
    def is_lead_in(self) -> bool:
        """Whether this paragraph announces the block behind it."""
        return self.kind == "paragraph" and self.text.endswith(":")


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document in blocks; `title` is empty if the document has none; `skipped` has locations by reason."""

    title: str
    blocks: Sequence[Block]
    skipped: Mapping[str, Sequence[str]] = field(default_factory=dict)


class UnreadableError(Exception):
    """A file without readable text; the message is the reason under which it is counted."""


def fence_code(code: str, language: str = "") -> str:
    """Code between fences that are longer than any in the code itself."""
    longest = max((len(run) for run in BACKTICKS.findall(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def split_off_title(blocks: Sequence[Block]) -> tuple[str, list[Block]]:
    """The title and the rest, where the document opens with the only heading of its highest level."""
    headings = [block for block in blocks if block.kind == "heading"]
    top = min((block.level for block in headings), default=0)
    highest = [block for block in headings if block.level == top]
    if len(highest) == 1 and highest[0] is headings[0] and blocks[0] is highest[0]:
        return highest[0].text, list(blocks[1:])
    return "", list(blocks)

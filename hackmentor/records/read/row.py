"""One row of a data file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a file: `number` counts from 1 (in JSON lines it is the line), `fault` is why it can't be parsed.

    `line` is where it begins; `has_own_line` says that no other item begins on that line.
    """

    number: int
    content: object
    fault: str = ""
    line: int | None = None
    has_own_line: bool = True

    @property
    def location(self) -> str:
        """Where the item begins, for messages."""
        if self.line is None:
            return f"item {self.number}"
        return f"line {self.line}" if self.has_own_line else f"item {self.number}, line {self.line}"

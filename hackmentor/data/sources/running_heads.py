"""Headers, footers and page numbers, which repeat on the pages of a document."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

EDGE_LINES = 3
"""The number of lines at the top and bottom of a page that may be running heads."""
NUMBER = re.compile(r"\d+|\b[ivxl]+\b")
BARE_PAGE_NUMBER = re.compile(r"^\W*(?:page )?(?:\d{1,4}|[ivxl]+)\W*$", re.IGNORECASE)
OUTER_NUMBER = re.compile(r"^(?P<first>\d{1,4})\b|\b(?P<last>\d{1,4})$")
LinePosition = tuple[int, int]
"""A page and a line on it, both from 0."""


def find_running_heads(pages: Sequence[Sequence[str]]) -> set[LinePosition]:
    """The positions of running heads: lines at page edges that, numbers aside, occur on more than a third of the pages.

    Lines that end in their page number count as well, since the head of a chapter occurs on few pages.
    """
    if len(pages) < 2:
        return set()
    edges = [(index, at) for index, page in enumerate(pages) for at in _find_edge_lines(page)]
    lines = {(index, at): pages[index][at].strip() for index, at in edges}
    seen = Counter(key for key, _ in {(_normalise_line(line), index) for (index, _), line in lines.items()})
    often = max(1, len(pages) / 3)
    repeated = {
        place for place, line in lines.items() if seen[_normalise_line(line)] > often or BARE_PAGE_NUMBER.match(line)
    }
    # A number in front may be that of a section, unless the words behind it come again.
    numbered = {
        place for place, line in _iter_page_numbers(lines) if not line[0].isdigit() or seen[_normalise_line(line)] > 1
    }
    return repeated | numbered


def _find_edge_lines(page: Sequence[str]) -> set[int]:
    filled = [at for at, line in enumerate(page) if line.strip()]
    return {*filled[:EDGE_LINES], *filled[-EDGE_LINES:]}


def _normalise_line(line: str) -> str:
    return NUMBER.sub("#", " ".join(line.lower().split()))


def _iter_page_numbers(lines: dict[LinePosition, str]) -> Iterator[tuple[LinePosition, str]]:
    """The lines whose first or last number increases with the pages."""
    offsets = {
        (int(match["first"] or match["last"]) - place[0], place, line)
        for place, line in lines.items()
        for match in OUTER_NUMBER.finditer(line)
        if len(line.split()) <= 12
    }
    usual = Counter(offset for offset, _, _ in offsets).most_common(1)
    pages = len({index for index, _ in lines})
    if usual and usual[0][1] >= max(3, pages / 2):
        yield from ((place, line) for offset, place, line in offsets if offset == usual[0][0])

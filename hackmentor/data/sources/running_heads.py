"""Headers, footers and page numbers, which repeat on the pages of a document."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

EDGE = 3
"""So many lines at the top and at the bottom of a page may be running heads."""
NUMBER = re.compile(r"\d+|\b[ivxl]+\b")
BARE = re.compile(r"^\W*(?:page )?(?:\d{1,4}|[ivxl]+)\W*$", re.IGNORECASE)
OUTER = re.compile(r"^(?P<first>\d{1,4})\b|\b(?P<last>\d{1,4})$")
Place = tuple[int, int]
"""A page and a line on it, both from 0."""


def running_heads(pages: Sequence[Sequence[str]]) -> set[Place]:
    """Where running heads stand: lines at the edges of pages that, numbers aside, stand on more than a third of them.

    Lines that end in the number of their page count as well, for the head of a chapter stands on few pages.
    """
    if len(pages) < 2:
        return set()
    edges = [(index, at) for index, page in enumerate(pages) for at in _edges(page)]
    lines = {(index, at): pages[index][at].strip() for index, at in edges}
    seen = Counter(key for key, _ in {(_key(line), index) for (index, _), line in lines.items()})
    often = max(1, len(pages) / 3)
    repeated = {place for place, line in lines.items() if seen[_key(line)] > often or BARE.match(line)}
    # A number in front may be that of a section, unless the words behind it come again.
    numbered = {place for place, line in _page_numbers(lines) if not line[0].isdigit() or seen[_key(line)] > 1}
    return repeated | numbered


def _edges(page: Sequence[str]) -> set[int]:
    filled = [at for at, line in enumerate(page) if line.strip()]
    return {*filled[:EDGE], *filled[-EDGE:]}


def _key(line: str) -> str:
    return NUMBER.sub("#", " ".join(line.lower().split()))


def _page_numbers(lines: dict[Place, str]) -> Iterator[tuple[Place, str]]:
    """The lines whose first or last number counts with the pages."""
    offsets = {
        (int(match["first"] or match["last"]) - place[0], place, line)
        for place, line in lines.items()
        for match in OUTER.finditer(line)
        if len(line.split()) <= 12
    }
    usual = Counter(offset for offset, _, _ in offsets).most_common(1)
    pages = len({index for index, _ in lines})
    if usual and usual[0][1] >= max(3, pages / 2):
        yield from ((place, line) for offset, place, line in offsets if offset == usual[0][0])

"""Headers, footers and page numbers, which repeat on the pages of a document."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

EDGE = 3
"""So many lines at the top and at the bottom of a page may be running heads."""
NUMBER = re.compile(r"\d+|\b[ivxl]+\b")
BARE = re.compile(r"^\W*(?:page )?(?:\d{1,4}|[ivxl]+)\W*$", re.IGNORECASE)
OUTER = re.compile(r"^(\d{1,4})\b|\b(\d{1,4})$")


def without_running_heads(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The lines of each page less those at its edges that, page numbers aside, stand on most pages.

    Lines that carry the number of the page go as well, for a chapter's head stands on few pages.
    """
    if len(pages) < 2:
        return [list(page) for page in pages]
    spots = [_edges(page) for page in pages]
    seen = Counter(key for page, edge in zip(pages, spots, strict=True) for key in {_key(page[at]) for at in edge})
    repeated = {key for key, times in seen.items() if times > max(1, len(pages) / 3)}
    numbered = _page_numbers(pages, spots)
    return [
        [
            line
            for at, line in enumerate(page)
            if not (at in edge and (_key(line) in repeated or BARE.match(line.strip()) or (index, at) in numbered))
        ]
        for index, (page, edge) in enumerate(zip(pages, spots, strict=True))
    ]


def _edges(page: Sequence[str]) -> set[int]:
    filled = [at for at, line in enumerate(page) if line.strip()]
    return {*filled[:EDGE], *filled[-EDGE:]}


def _key(line: str) -> str:
    return NUMBER.sub("#", " ".join(line.lower().split()))


def _page_numbers(pages: Sequence[Sequence[str]], spots: Sequence[set[int]]) -> set[tuple[int, int]]:
    """The (page, line) of edge lines whose first or last number counts with the pages."""
    found = [
        (number - index, index, at)
        for index, (page, edge) in enumerate(zip(pages, spots, strict=True))
        for at in sorted(edge)
        for number in _outer(page[at])
    ]
    offsets = Counter(offset for offset, _, _ in found).most_common(1)
    if not offsets or offsets[0][1] < max(3, len(pages) / 2):
        return set()
    return {(index, at) for offset, index, at in found if offset == offsets[0][0]}


def _outer(line: str) -> Iterator[int]:
    if len(line.split()) <= 12:
        for first, last in OUTER.findall(line.strip()):
            yield int(first or last)

"""PDF documents, read by pypdf: running heads out, broken words joined, headings by their type size."""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from hackmentor.data.clean import clean_text
from hackmentor.data.sources.blocks import Block, Parsed, UnreadableError, take_title
from hackmentor.data.sources.plain_text import heading_of, lines_to_blocks, merge_neighbours
from hackmentor.data.sources.running_heads import running_heads

LOCKED = "encrypted PDF: save it without a password"
SCANNED = "PDF without text (scanned pages?): run text recognition on it first"
BROKEN = "PDF that cannot be read"
HYPHEN = re.compile(r"([^\W\d_]+)-$")
BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
# pypdf lets errors of Python itself through on damaged files, and asks for a package where a cipher needs one.
DAMAGE = (
    PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, ImportError, OverflowError
)  # fmt: skip
# What pypdf would warn of on the screen is counted by reason instead.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)
LARGER, GAP, HEADING_WORDS = 1.08, 1.18, 14


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: its height on the page and size of type in points, and whether all of it is bold."""

    text: str
    y: float
    size: float
    bold: bool


def read_pdf(content: bytes) -> Parsed:
    """The blocks of a document. Raises UnreadableError for one that is locked, broken, or has no text."""
    try:
        pages, named = _read(content)
    except DAMAGE as error:
        raise UnreadableError(LOCKED if "cryptography" in str(error) else BROKEN) from error
    lines = _running(pages)
    if sum(len(line.text.split()) for line in lines) < 5 * max(1, len(pages)):
        raise UnreadableError(SCANNED)
    title, rest = take_title(list(merge_neighbours(_blocks(lines))))
    return Parsed(title or clean_text(named, markup=False), rest)


def _read(content: bytes) -> tuple[list[list[Line]], str]:
    """The lines of every page, and the title in the file's own description."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError(LOCKED)
    return [_lines(page) for page in reader.pages], str(reader.metadata.title or "") if reader.metadata else ""


def _lines(page: PageObject) -> list[Line]:
    pieces: list[Line] = []
    lines: list[Line] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: dict[str, Any] | None, size: float) -> None:
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        points = round(abs(size * (tm[3] or tm[1] or 1) * (cm[3] or cm[1] or 1)), 1)
        bold = bool(font and BOLD.search(str(font.get("/BaseFont", ""))))
        for number, part in enumerate(text.split("\n")):
            if number and pieces:
                lines.append(_joined(pieces))
                pieces.clear()
            if part.strip() or pieces:
                pieces.append(Line(part, y, points, bold))

    page.extract_text(visitor_text=visit)
    return [*lines, *([_joined(pieces)] if pieces else [])]


def _joined(pieces: Sequence[Line]) -> Line:
    main = max(pieces, key=lambda piece: len(piece.text.strip()))
    bold = all(piece.bold for piece in pieces if piece.text.strip())
    return Line("".join(piece.text for piece in pieces).strip(), main.y, main.size, bold)


def _running(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of all pages in one run, without running heads; what is set large is a heading and stays."""
    body = _body_size([line for page in pages for line in page])
    heads = running_heads([[line.text for line in page] for page in pages])
    return [
        line
        for index, page in enumerate(pages)
        for at, line in enumerate(page)
        if (index, at) not in heads or line.size > body * LARGER
    ]


def _body_size(lines: Sequence[Line]) -> float:
    """The size of type that most letters have; 0 where there are none."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    return max(letters, key=lambda size: letters[size], default=0.0)


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    lines = _mended(lines)
    body = _body_size(lines)
    large = sorted({line.size for line in lines if line.size > body * LARGER}, reverse=True)
    for group in _paragraphs(lines, body):
        texts = [line.text for line in group]
        numbered = heading_of(texts) if len(texts) == 1 else None
        below = len(large) + (numbered.level if numbered else 1)
        if _is_heading(group, body):
            level = large.index(group[0].size) + 1 if group[0].size in large else below
            yield Block("heading", clean_text(" ".join(texts), markup=False), level=level)
        elif numbered:
            yield replace(numbered, level=below)
        else:
            yield from lines_to_blocks(texts)


def _is_heading(group: Sequence[Line], body: float) -> bool:
    text = " ".join(line.text for line in group)
    large = all(line.size > body * LARGER for line in group)
    bold = len(group) == 1 and group[0].bold and group[0].size >= body * 0.98
    stopped = text.endswith((".", ",", ";", ":")) or len(text.split()) > HEADING_WORDS
    return (large or bold) and not stopped and bool(re.search(r"[^\W\d_]{2}", text))


def _paragraphs(lines: Sequence[Line], body: float) -> Iterator[list[Line]]:
    gaps = Counter(round(a.y - b.y) for a, b in pairwise(lines) if a.size == b.size == body)
    usual = next((gap for gap, _ in gaps.most_common() if gap > 0), 0) or body * 1.2
    longest = max((len(line.text) for line in lines), default=0)
    number = 0
    marked = []
    for at, line in enumerate(lines):
        number += bool(at) and _parted(lines[at - 1], line, usual, longest)
        marked.append((number, line))
    for _, group in groupby(marked, key=lambda pair: pair[0]):
        yield [line for _, line in group]


def _parted(above: Line, below: Line, usual: float, longest: int) -> bool:
    """Whether a paragraph ends between two lines."""
    if abs(above.size - below.size) > 0.4 or (above.bold != below.bold and len(above.text) < 0.75 * longest):
        return True
    gap = above.y - below.y
    # Upwards is the next column or page: there only a full stop tells.
    stopped = above.text.endswith((".", "!", "?", ":"))
    if gap < 0:
        return stopped
    return gap > max(usual * GAP, usual + 1.5) or (stopped and len(above.text) < 0.7 * longest)


def _mended(lines: Sequence[Line]) -> list[Line]:
    """The lines, with a word that the end of a line had cut whole on the first of the two."""
    known = Counter(re.findall(r"[\w-]+", " ".join(line.text for line in lines).lower()))
    mended = list(lines)
    for at in range(len(mended) - 1):
        above, below = mended[at], mended[at + 1]
        cut = HYPHEN.search(above.text)
        if not cut or not below.text[:1].islower():
            continue
        rest, _, after = below.text.partition(" ")
        parted = f"{cut.group(1)}-{rest}"
        hyphen = known[parted.lower().strip(".,;:)")] > 0
        mended[at] = replace(above, text=above.text[: cut.start()] + (parted if hyphen else cut.group(1) + rest))
        mended[at + 1] = replace(below, text=after)
    return [line for line in mended if line.text]

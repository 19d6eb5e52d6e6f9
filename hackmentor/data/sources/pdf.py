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
from hackmentor.data.sources.blocks import Block, ParsedDocument, UnreadableError, split_off_title
from hackmentor.data.sources.plain_text import merge_adjacent_blocks, parse_heading, parse_paragraph
from hackmentor.data.sources.running_heads import find_running_heads

ENCRYPTED = "encrypted PDF: save it without a password"
SCANNED = "PDF without text (scanned pages?): run text recognition on it first"
UNREADABLE = "PDF that cannot be read"
HYPHEN = re.compile(r"([^\W\d_]+)-$")
BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
# pypdf lets errors of Python itself through on damaged files, and asks for a package where a cipher needs one.
PARSE_ERRORS = (
    PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, ImportError, OverflowError
)  # fmt: skip
# What pypdf would warn of on the screen is counted by reason instead.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)
HEADING_SIZE_RATIO, PARAGRAPH_GAP_RATIO, MAX_HEADING_WORDS = 1.08, 1.18, 14


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One printed line: its height on the page and size of type in points, and whether all of it is bold."""

    text: str
    y: float
    size: float
    bold: bool


def read_pdf(content: bytes) -> ParsedDocument:
    """The blocks of a document. Raises UnreadableError for one that is locked, broken, or has no text."""
    try:
        pages, named = _extract_pages(content)
    except PARSE_ERRORS as error:
        raise UnreadableError(ENCRYPTED if "cryptography" in str(error) else UNREADABLE) from error
    lines = _drop_running_heads(pages)
    if sum(len(line.text.split()) for line in lines) < 5 * max(1, len(pages)):
        raise UnreadableError(SCANNED)
    title, rest = split_off_title(list(merge_adjacent_blocks(_iter_blocks(lines))))
    return ParsedDocument(title or clean_text(named, markup=False), rest)


def _extract_pages(content: bytes) -> tuple[list[list[PrintedLine]], str]:
    """The lines of every page, and the title in the file's own description."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError(ENCRYPTED)
    return [_extract_lines(page) for page in reader.pages], str(reader.metadata.title or "") if reader.metadata else ""


def _extract_lines(page: PageObject) -> list[PrintedLine]:
    fragments: list[PrintedLine] = []
    lines: list[PrintedLine] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: dict[str, Any] | None, size: float) -> None:
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        points = round(abs(size * (tm[3] or tm[1] or 1) * (cm[3] or cm[1] or 1)), 1)
        bold = bool(font and BOLD.search(str(font.get("/BaseFont", ""))))
        for number, part in enumerate(text.split("\n")):
            if number and fragments:
                lines.append(_join_fragments(fragments))
                fragments.clear()
            if part.strip() or fragments:
                fragments.append(PrintedLine(part, y, points, bold))

    page.extract_text(visitor_text=visit)
    return [*lines, *([_join_fragments(fragments)] if fragments else [])]


def _join_fragments(fragments: Sequence[PrintedLine]) -> PrintedLine:
    main = max(fragments, key=lambda fragment: len(fragment.text.strip()))
    bold = all(fragment.bold for fragment in fragments if fragment.text.strip())
    return PrintedLine("".join(fragment.text for fragment in fragments).strip(), main.y, main.size, bold)


def _drop_running_heads(pages: Sequence[Sequence[PrintedLine]]) -> list[PrintedLine]:
    """The lines of all pages in sequence without running heads; a line in large type is a heading and stays."""
    body_size = _find_body_size([line for page in pages for line in page])
    running_heads = find_running_heads([[line.text for line in page] for page in pages])
    return [
        line
        for index, page in enumerate(pages)
        for at, line in enumerate(page)
        if (index, at) not in running_heads or line.size > body_size * HEADING_SIZE_RATIO
    ]


def _find_body_size(lines: Sequence[PrintedLine]) -> float:
    """The most common type size by letters, in points; 0 if there are none."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    return max(letters, key=lambda size: letters[size], default=0.0)


def _iter_blocks(lines: Sequence[PrintedLine]) -> Iterator[Block]:
    lines = _join_hyphenated_words(lines)
    body_size = _find_body_size(lines)
    large = sorted({line.size for line in lines if line.size > body_size * HEADING_SIZE_RATIO}, reverse=True)
    for group in _group_paragraphs(lines, body_size):
        texts = [line.text for line in group]
        numbered = parse_heading(texts) if len(texts) == 1 else None
        next_level = len(large) + (numbered.level if numbered else 1)
        if _is_heading(group, body_size):
            level = large.index(group[0].size) + 1 if group[0].size in large else next_level
            yield Block("heading", clean_text(" ".join(texts), markup=False), level=level)
        elif numbered:
            yield replace(numbered, level=next_level)
        else:
            yield from parse_paragraph(texts)


def _is_heading(group: Sequence[PrintedLine], body_size: float) -> bool:
    text = " ".join(line.text for line in group)
    large = all(line.size > body_size * HEADING_SIZE_RATIO for line in group)
    bold = len(group) == 1 and group[0].bold and group[0].size >= body_size * 0.98
    stopped = text.endswith((".", ",", ";", ":")) or len(text.split()) > MAX_HEADING_WORDS
    return (large or bold) and not stopped and bool(re.search(r"[^\W\d_]{2}", text))


def _group_paragraphs(lines: Sequence[PrintedLine], body_size: float) -> Iterator[list[PrintedLine]]:
    gaps = Counter(round(a.y - b.y) for a, b in pairwise(lines) if a.size == b.size == body_size)
    usual_gap = next((gap for gap, _ in gaps.most_common() if gap > 0), 0) or body_size * 1.2
    longest_line = max((len(line.text) for line in lines), default=0)
    number = 0
    numbered_lines = []
    for at, line in enumerate(lines):
        number += bool(at) and _is_paragraph_break(lines[at - 1], line, usual_gap, longest_line)
        numbered_lines.append((number, line))
    for _, group in groupby(numbered_lines, key=lambda pair: pair[0]):
        yield [line for _, line in group]


def _is_paragraph_break(line_above: PrintedLine, next_line: PrintedLine, usual_gap: float, longest_line: int) -> bool:
    """Whether a paragraph ends between two lines."""
    if abs(line_above.size - next_line.size) > 0.4 or (
        line_above.bold != next_line.bold and len(line_above.text) < 0.75 * longest_line
    ):
        return True
    gap = line_above.y - next_line.y
    # A step upwards is the next column or page: only a full stop tells there.
    stopped = line_above.text.endswith((".", "!", "?", ":"))
    if gap < 0:
        return stopped
    return gap > max(usual_gap * PARAGRAPH_GAP_RATIO, usual_gap + 1.5) or (
        stopped and len(line_above.text) < 0.7 * longest_line
    )


def _join_hyphenated_words(lines: Sequence[PrintedLine]) -> list[PrintedLine]:
    """The lines, with words hyphenated at a line end joined on the first of the two lines."""
    known = Counter(re.findall(r"[\w-]+", " ".join(line.text for line in lines).lower()))
    joined = list(lines)
    for at in range(len(joined) - 1):
        line_above, next_line = joined[at], joined[at + 1]
        match = HYPHEN.search(line_above.text)
        if not match or not next_line.text[:1].islower():
            continue
        rest, _, after = next_line.text.partition(" ")
        parted = f"{match.group(1)}-{rest}"
        is_hyphenated = known[parted.lower().strip(".,;:)")] > 0
        joined[at] = replace(
            line_above, text=line_above.text[: match.start()] + (parted if is_hyphenated else match.group(1) + rest)
        )
        joined[at + 1] = replace(next_line, text=after)
    return [line for line in joined if line.text]

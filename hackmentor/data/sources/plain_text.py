"""Plain text: paragraphs between blank lines, lists by their marks, headings only where unambiguous."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from hackmentor.data.clean import clean_code, clean_text
from hackmentor.data.sources.blocks import Block, ParsedDocument, split_off_title
from hackmentor.data.sources.running_heads import find_running_heads

LIST_MARK = re.compile(r"^\s*(?:(?P<bullet>[-*+•‣·▪●◦–])|(?P<number>\d{1,2}[.)]|\(?[a-z]\)|\(\d{1,2}\)))\s+(?=\S)")
NUMBERED_HEADING = re.compile(r"^(?P<number>(?:\d{1,2}|[A-Z])(?:\.\d{1,2})*)\.?\s+(?P<name>[A-Z]\S*(?:\s+\S+){0,9})$")
UNDERLINE = re.compile(r"^\s*([=\-~^*#])\1{2,}\s*$")
UNDERLINE_LEVEL = {"=": 1, "#": 1, "*": 1, "-": 2, "~": 3, "^": 3}
BLANK_LINE = re.compile(r"\n[ \t]*\n")
# A line that ends inside a compound or a path goes on without a space.
UNSPACED_LINE_END = re.compile(r"(\w-|/)\n(?=[a-z])")
COLUMN_GAP = re.compile(r"\S {3,}\S")


def read_plain(text: str) -> ParsedDocument:
    """The blocks of a text; form feeds part pages, whose running heads go."""
    pages = [page.split("\n") for page in text.split("\f")]
    heads = find_running_heads(pages)
    kept = [line for index, page in enumerate(pages) for at, line in enumerate(page) if (index, at) not in heads]
    whole = "\n".join(kept)
    title, rest = split_off_title(list(merge_adjacent_blocks(_iter_blocks(BLANK_LINE.split(whole)))))
    return ParsedDocument(title, rest)


def _iter_blocks(paragraphs: Sequence[str]) -> Iterator[Block]:
    texts = [paragraph.strip("\n").rstrip() for paragraph in paragraphs]
    texts = [text for text in texts if text.strip()]
    for before, text, after in zip(["", *texts], texts, [*texts[1:], ""], strict=False):
        lines = text.split("\n")
        heading = parse_heading(lines, before, after)
        if heading:
            yield heading
            lines = lines[2:] if len(lines) > 1 else []
        yield from parse_paragraph(lines)


def parse_heading(lines: Sequence[str], before: str = "", after: str = "") -> Block | None:
    """The heading that a paragraph opens with: underlined, or numbered or in capitals and alone on its line.

    `before` and `after` are the neighbouring paragraphs: a number at the start of one of several is a list's. Numbered
    headings stand below a title.
    """
    # Web pages saved as text end their headings with the sign that links to them.
    first = lines[0].strip().rstrip("¶")
    if len(lines) > 1 and (line := UNDERLINE.match(lines[1])) and len(lines[1].strip()) >= 0.6 * len(first):
        return Block("heading", clean_text(first), level=UNDERLINE_LEVEL[line.group(1)])
    if len(lines) > 1 or first.endswith((".", ",", ";", ":", "?", "!")):
        return None
    numbered = NUMBERED_HEADING.match(first)
    if numbered and "." not in numbered["number"] and any(LIST_MARK.match(near) for near in (before, after)):
        return None
    if numbered and not lines[0].startswith("    "):
        return Block("heading", clean_text(first), level=numbered["number"].count(".") + 2)
    if first.isupper() and 1 < len(first.split()) <= 8 and COLUMN_GAP.search(first) is None:
        return Block("heading", clean_text(first), level=1)
    return None


def parse_paragraph(lines: Sequence[str]) -> Iterator[Block]:
    """The lines of one paragraph, and of the list in it, as blocks."""
    if not any(line.strip() for line in lines):
        return
    starts = [number for number, line in enumerate(lines) if LIST_MARK.match(line)]
    if not starts and _is_preformatted(lines):
        yield Block("code", clean_code("\n".join(lines)))
        return
    lead = join_lines(lines[: starts[0]] if starts else lines)
    if lead:
        yield Block("paragraph", lead)
    if starts:
        items = [join_lines(lines[at:end]) for at, end in pairwise([*starts, len(lines)])]
        marks = [LIST_MARK.match(lines[at]) for at in starts]
        ordered = all(mark and mark["number"] for mark in marks)
        yield Block("list", items=tuple(LIST_MARK.sub("", item) for item in items), ordered=ordered)


def join_lines(lines: Iterable[str]) -> str:
    """The lines as one line of clean text."""
    text = "\n".join(line.strip() for line in lines)
    return clean_text(UNSPACED_LINE_END.sub(r"\1", text).replace("\n", " "), markup=False)


def _is_preformatted(lines: Sequence[str]) -> bool:
    """Whether the lines are a table, a drawing or code: aligned by spaces, or mostly signs."""
    text = "".join("".join(line.split()) for line in lines)
    signs = sum(not letter.isalnum() for letter in text)
    aligned = sum(bool(COLUMN_GAP.search(line.strip())) for line in lines)
    ruled = any(UNDERLINE.match(line) for line in lines)
    code = sum(line.rstrip().endswith((";", "{", "}", ");")) for line in lines)
    return (
        ruled or code >= 0.4 * len(lines) or signs > 0.35 * len(text) or (len(lines) > 1 and aligned > 0.5 * len(lines))
    )


def merge_adjacent_blocks(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with adjacent lists and code blocks, separated by blank lines only, merged."""
    held: Block | None = None
    for block in blocks:
        if held and held.kind == block.kind and block.kind in ("list", "code") and block.ordered == held.ordered:
            held = replace(held, items=held.items + block.items, text=f"{held.text}\n\n{block.text}".strip())
            continue
        if held:
            yield held
        held = block
    if held:
        yield held

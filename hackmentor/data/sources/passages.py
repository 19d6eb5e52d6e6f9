"""Splits documents into passages: a section, or a part of a long section, with its position in the document."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hackmentor.data.prose import join_paragraphs, split_sentences
from hackmentor.data.sources.blocks import Block
from hackmentor.data.sources.catalogue import EntryRef

MIN_WORDS, TARGET_WORDS, MAX_WORDS = 25, 200, 350
SHORT = f"passage of fewer than {MIN_WORDS} words"
LONG_CODE = f"code or table of more than {MAX_WORDS} words"
NOT_PROSE = "table of contents, index or list of references"
LISTING_HEADING = re.compile(
    r"^(?:[\d.]+ )?(?:table of )?(?:contents|index|references|bibliography|see also|further reading|credits|"
    r"contributors|acknowledge?ments|change ?log|release notes|list of (?:figures|tables))$",
    re.IGNORECASE,
)
# Headings that say nothing without the one above them.
GENERIC_HEADING = re.compile(
    r"^(?:[\d.]+ )?(?:overview|introduction|examples?|notes?|usage|purpose|scope|background|general|description|"
    r"summary|parameters|arguments|options|returns|details|requirements|history|syntax|other|misc\w*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of a document, or one of the `parts` into which a long section was split."""

    upstream_id: str
    document: str
    title: str
    headings: tuple[str, ...]
    """From the highest level down to the section's own; empty before the first heading."""
    name: str
    """The heading, preceded by as much of its path as makes it unique in the document; may be empty."""
    blocks: tuple[Block, ...]
    part: int = 1
    parts: int = 1
    top_section: str = ""
    previous: EntryRef | None = None
    following: EntryRef | None = None

    @property
    def split_key(self) -> str:
        """The passages of one top-level section stay together."""
        return f"{self.document}#{self.top_section}"

    @property
    def text(self) -> str:
        """All blocks, a blank line between them."""
        return join_paragraphs(*(block.rendered for block in self.blocks))

    @property
    def is_whole(self) -> bool:
        """Whether this is a complete section with a unique name."""
        return self.parts == 1 and bool(self.name)


@dataclass(frozen=True, slots=True)
class _Section:
    headings: tuple[str, ...]
    blocks: list[Block]


def split_into_passages(
    document: str, title: str, blocks: Sequence[Block]
) -> tuple[list[Passage], dict[str, list[str]]]:
    """The passages of a document in its order, and the ids of what is left out, by reason.

    A section of more than 350 words is split between blocks into parts of about 200; fewer than 25 words are left out.
    """
    left_out: dict[str, list[str]] = {}
    sections = [section for section in _iter_sections(blocks) if section.blocks]
    names = _find_unique_names(sections)
    slugs: Counter[str] = Counter()
    passages: list[Passage] = []
    for section, name in zip(sections, names, strict=True):
        slug = _make_slug(section.headings[-1] if section.headings else "start")
        slugs[slug] += 1
        passage_id = f"{document}#{slug}" + (f"-{slugs[slug]}" if slugs[slug] > 1 else "")
        if section.headings and LISTING_HEADING.match(section.headings[-1]):
            left_out.setdefault(NOT_PROSE, []).append(passage_id)
            continue
        top = _make_slug(section.headings[0]) if section.headings else ""
        template = Passage(passage_id, document, title, section.headings, name, (), top_section=top)
        passages += _split_section(template, section.blocks, left_out)
    return _link_neighbours(passages), left_out


def _iter_sections(blocks: Sequence[Block]) -> Iterator[_Section]:
    path: list[tuple[int, str]] = []
    section = _Section((), [])
    for block in blocks:
        if block.kind != "heading":
            section.blocks.append(block)
            continue
        yield section
        path = [*((level, name) for level, name in path if level < block.level), (block.level, block.text)]
        section = _Section(tuple(name for _, name in path), [])
    yield section


def _find_unique_names(sections: Sequence[_Section]) -> list[str]:
    """For each section the shortest end of its path that no other section has; empty where none is."""
    paths = {section.headings for section in sections} | {s.headings[:n] for s in sections for n in range(1, 9)}
    ends = Counter(path[at:] for path in paths for at in range(len(path)))
    seen = Counter(section.headings for section in sections)
    names = []
    for section in sections:
        is_generic = len(section.headings) > 1 and GENERIC_HEADING.match(section.headings[-1])
        min_length = 2 if is_generic else 1
        unique_ends = [
            section.headings[-length:]
            for length in range(min_length, len(section.headings) + 1)
            if ends[section.headings[-length:]] == 1 and seen[section.headings] == 1
        ]
        # Questions put the name in quotes.
        names.append(": ".join(unique_ends[0]).replace('"', "'") if unique_ends else "")
    return names


def _split_section(section: Passage, blocks: Sequence[Block], left_out: dict[str, list[str]]) -> list[Passage]:
    fitting = [part for block in blocks for part in _split_long_block(block)]
    if any(block.word_count > MAX_WORDS and block.kind in ("code", "table") for block in fitting):
        left_out.setdefault(LONG_CODE, []).append(section.upstream_id)
        fitting = [block for block in fitting if block.word_count <= MAX_WORDS or block.kind not in ("code", "table")]
    chunks = [_trim_lead_in(chunk) for chunk in _chunk_blocks(fitting)]
    passages = []
    for number, chunk in enumerate(chunks, start=1):
        passage_id = section.upstream_id + (f"-part-{number}" if len(chunks) > 1 else "")
        if sum(block.word_count for block in chunk) < MIN_WORDS:
            left_out.setdefault(SHORT, []).append(passage_id)
        else:
            passages.append(
                replace(section, upstream_id=passage_id, blocks=tuple(chunk), part=number, parts=len(chunks))
            )
    return passages


def _split_long_block(block: Block) -> Iterator[Block]:
    """The block, or if it is too long for a passage, its sentences or items in several blocks."""
    if block.word_count <= MAX_WORDS or block.kind not in ("paragraph", "list"):
        yield block
        return
    parts = block.items if block.kind == "list" else split_sentences(block.text)
    pending: list[str] = []
    for part in (*parts, None):
        if pending and (part is None or len(" ".join([*pending, part]).split()) > TARGET_WORDS):
            text = " ".join(pending) if block.kind == "paragraph" else ""
            yield replace(block, text=text, items=tuple(pending) if block.kind == "list" else ())
            pending = []
        pending += [part] if part is not None else []


def _chunk_blocks(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Runs of blocks of at most 350 words; a sentence that announces a block stays with it."""
    total = sum(block.word_count for block in blocks)
    if total <= MAX_WORDS:
        yield list(blocks)
        return
    chunk: list[Block] = []
    left = total
    for block in blocks:
        size = sum(pending.word_count for pending in chunk)
        follows_lead_in = bool(chunk) and chunk[-1].is_lead_in
        # A short remainder joins the last chunk rather than standing alone.
        if (
            chunk
            and size + block.word_count > (MAX_WORDS if follows_lead_in or left < MIN_WORDS * 2 else TARGET_WORDS)
            and size >= 60
        ):
            carried = [chunk.pop()] if follows_lead_in and len(chunk) > 1 else []
            yield chunk
            chunk = carried
        chunk.append(block)
        left -= block.word_count
    yield chunk


def _trim_lead_in(blocks: list[Block]) -> list[Block]:
    """The blocks without a final sentence that announces something that does not follow."""
    while blocks and blocks[-1].is_lead_in:
        rest = " ".join(split_sentences(blocks[-1].text)[:-1])
        blocks = [*blocks[:-1], *([replace(blocks[-1], text=rest)] if rest else [])]
    return blocks


def _link_neighbours(passages: Sequence[Passage]) -> list[Passage]:
    refs = [EntryRef(passage.upstream_id, passage.name) for passage in passages]
    links = zip(passages, [None, *refs], [*refs[1:], None], strict=False)
    return [replace(passage, previous=left, following=right) for passage, left, right in links]


def _make_slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") or "section"

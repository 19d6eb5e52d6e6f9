"""Documents cut into passages: a section of a document, or a part of a long one, with its place in the whole."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hackmentor.data.prose import paragraphs, sentences
from hackmentor.data.sources.blocks import Block
from hackmentor.data.sources.catalogue import Ref

LEAST_WORDS, AIM, MOST_WORDS = 25, 200, 350
SHORT = f"passage of fewer than {LEAST_WORDS} words"
LONG_CODE = f"code or table of more than {MOST_WORDS} words"
NOT_PROSE = "table of contents, index or list of references"
LISTING = re.compile(
    r"^(?:[\d.]+ )?(?:table of )?(?:contents|index|references|bibliography|see also|further reading|credits|"
    r"contributors|acknowledge?ments|change ?log|release notes|list of (?:figures|tables))$",
    re.IGNORECASE,
)
# Headings that say nothing without the one above them.
GENERAL = re.compile(
    r"^(?:[\d.]+ )?(?:overview|introduction|examples?|notes?|usage|purpose|scope|background|general|description|"
    r"summary|parameters|arguments|options|returns|details|requirements|history|syntax|other|misc\w*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of a document, or one of the `parts` that a long section was cut into."""

    upstream_id: str
    document: str
    title: str
    headings: tuple[str, ...]
    """From the highest level down to the section's own; empty before the first heading."""
    name: str
    """The heading, with as much of its path before it as makes it the only one in the document; may be empty."""
    blocks: tuple[Block, ...]
    part: int = 1
    parts: int = 1
    top: str = ""
    previous: Ref | None = None
    following: Ref | None = None

    @property
    def split_key(self) -> str:
        """The passages of one top-level section stay together."""
        return f"{self.document}#{self.top}"

    @property
    def text(self) -> str:
        """All blocks, a blank line between them."""
        return paragraphs(*(block.shown for block in self.blocks))

    @property
    def is_whole(self) -> bool:
        """Whether this is all that stands between two headings, under a heading that names it."""
        return self.parts == 1 and bool(self.name)


@dataclass(frozen=True, slots=True)
class _Section:
    headings: tuple[str, ...]
    blocks: list[Block]


def cut(document: str, title: str, blocks: Sequence[Block]) -> tuple[list[Passage], dict[str, list[str]]]:
    """The passages of a document in its order, and the ids of what is left out, by reason.

    A section of more than 350 words is parted between blocks into parts of about 200; fewer than 25 words are left out.
    """
    left_out: dict[str, list[str]] = {}
    sections = [section for section in _sections(blocks) if section.blocks]
    names = _names(sections)
    slugs: Counter[str] = Counter()
    passages: list[Passage] = []
    for section, name in zip(sections, names, strict=True):
        slug = _slug(section.headings[-1] if section.headings else "start")
        slugs[slug] += 1
        place = f"{document}#{slug}" + (f"-{slugs[slug]}" if slugs[slug] > 1 else "")
        if section.headings and LISTING.match(section.headings[-1]):
            left_out.setdefault(NOT_PROSE, []).append(place)
            continue
        top = _slug(section.headings[0]) if section.headings else ""
        whole = Passage(place, document, title, section.headings, name, (), top=top)
        passages += _part(whole, section.blocks, left_out)
    return _linked(passages), left_out


def _sections(blocks: Sequence[Block]) -> Iterator[_Section]:
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


def _names(sections: Sequence[_Section]) -> list[str]:
    """For each section the shortest end of its path that no other section has; empty where none is."""
    paths = {section.headings for section in sections} | {s.headings[:n] for s in sections for n in range(1, 9)}
    ends = Counter(path[at:] for path in paths for at in range(len(path)))
    seen = Counter(section.headings for section in sections)
    found = []
    for section in sections:
        general = len(section.headings) > 1 and GENERAL.match(section.headings[-1])
        least = 2 if general else 1
        fits = [
            section.headings[-length:]
            for length in range(least, len(section.headings) + 1)
            if ends[section.headings[-length:]] == 1 and seen[section.headings] == 1
        ]
        # Questions put the name in quotes.
        found.append(": ".join(fits[0]).replace('"', "'") if fits else "")
    return found


def _part(whole: Passage, blocks: Sequence[Block], left_out: dict[str, list[str]]) -> list[Passage]:
    fitting = [piece for block in blocks for piece in _pieces(block)]
    if any(block.words > MOST_WORDS and block.kind in ("code", "table") for block in fitting):
        left_out.setdefault(LONG_CODE, []).append(whole.upstream_id)
        fitting = [block for block in fitting if block.words <= MOST_WORDS or block.kind not in ("code", "table")]
    chunks = [_trimmed(chunk) for chunk in _chunks(fitting)]
    found = []
    for number, chunk in enumerate(chunks, start=1):
        place = whole.upstream_id + (f"-part-{number}" if len(chunks) > 1 else "")
        if sum(block.words for block in chunk) < LEAST_WORDS:
            left_out.setdefault(SHORT, []).append(place)
        else:
            found.append(replace(whole, upstream_id=place, blocks=tuple(chunk), part=number, parts=len(chunks)))
    return found


def _pieces(block: Block) -> Iterator[Block]:
    """The block, or where it alone is too long for a passage its sentences or items in several blocks."""
    if block.words <= MOST_WORDS or block.kind not in ("paragraph", "list"):
        yield block
        return
    parts = block.items if block.kind == "list" else sentences(block.text)
    held: list[str] = []
    for part in (*parts, None):
        if held and (part is None or len(" ".join([*held, part]).split()) > AIM):
            text = " ".join(held) if block.kind == "paragraph" else ""
            yield replace(block, text=text, items=tuple(held) if block.kind == "list" else ())
            held = []
        held += [part] if part is not None else []


def _chunks(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Runs of blocks of at most 350 words; a sentence that announces a block stays with it."""
    total = sum(block.words for block in blocks)
    if total <= MOST_WORDS:
        yield list(blocks)
        return
    chunk: list[Block] = []
    left = total
    for block in blocks:
        size = sum(held.words for held in chunk)
        led = bool(chunk) and chunk[-1].leads_in
        # A short remainder joins the last chunk rather than standing alone.
        if chunk and size + block.words > (MOST_WORDS if led or left < LEAST_WORDS * 2 else AIM) and size >= 60:
            kept = [chunk.pop()] if led and len(chunk) > 1 else []
            yield chunk
            chunk = kept
        chunk.append(block)
        left -= block.words
    yield chunk


def _trimmed(blocks: list[Block]) -> list[Block]:
    """The blocks without a last sentence that announces something which is not there."""
    while blocks and blocks[-1].leads_in:
        rest = " ".join(sentences(blocks[-1].text)[:-1])
        blocks = [*blocks[:-1], *([replace(blocks[-1], text=rest)] if rest else [])]
    return blocks


def _linked(passages: Sequence[Passage]) -> list[Passage]:
    refs = [Ref(passage.upstream_id, passage.name) for passage in passages]
    links = zip(passages, [None, *refs], [*refs[1:], None], strict=False)
    return [replace(passage, previous=left, following=right) for passage, left, right in links]


def _slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") or "section"

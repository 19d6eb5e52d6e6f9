"""A user's own documents: text, Markdown, reStructuredText, PDF, rows of text, and STIX bundles."""

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hackmentor.data.prose import join_items
from hackmentor.data.sources.blocks import ParsedDocument, UnreadableError
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.jsonl_text import NO_TEXT, TextRow, read_text_rows
from hackmentor.data.sources.parsed_files import parse_json
from hackmentor.data.sources.passages import Passage, split_into_passages
from hackmentor.data.sources.stix import BundleMerger, extract_objects
from hackmentor.records.read.data_file import RECORD_SUFFIXES, get_data_suffix, read_data_bytes
from hackmentor.records.read.foreign_formats import RULE_SUFFIXES, name_foreign_format
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.links import LINK_OUTSIDE, leads_out
from hackmentor.runtime.terminal import is_utf8

MAX_NAMES_IN_NOTICE = 5


def _parse_markdown(content: bytes) -> ParsedDocument:
    from hackmentor.data.sources.markdown import read_markdown

    return read_markdown(_decode_text(content))


def _parse_restructured(content: bytes) -> ParsedDocument:
    from hackmentor.data.sources.restructured import read_restructured

    return read_restructured(_decode_text(content))


def _parse_plain(content: bytes) -> ParsedDocument:
    from hackmentor.data.sources.plain_text import read_plain

    return read_plain(_decode_text(content))


def _parse_pdf(content: bytes) -> ParsedDocument:
    from hackmentor.data.sources.pdf import read_pdf

    return read_pdf(content)


# A parser is imported when a document asks for it: building from catalogues alone needs none.
DOCUMENT_READERS: dict[str, Callable[[bytes], ParsedDocument]] = {
    ".md": _parse_markdown,
    ".markdown": _parse_markdown,
    ".rst": _parse_restructured,
    ".txt": _parse_plain,
    ".text": _parse_plain,
    ".pdf": _parse_pdf,
}
STIX_SUFFIX = ".json"
ALL_SUFFIXES = (*DOCUMENT_READERS, *RECORD_SUFFIXES)


@dataclass(slots=True)
class _DocumentCollector:
    """Collects passages and STIX objects of several files."""

    passages: list[Passage] = field(default_factory=list)
    bundles: BundleMerger = field(default_factory=BundleMerger)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    """The sha256 of each file that was read, by its relative path."""

    def add_left_out(self, ids_by_reason: Mapping[str, Sequence[str]]) -> None:
        for reason, item_ids in ids_by_reason.items():
            self.left_out.setdefault(reason, []).extend(item_ids)


def load_documents(path: Path, licence: str = "unstated") -> Catalogue:
    """The passages and STIX objects of a file, or of all files in a folder and below it; hidden files are skipped.

    A file that cannot be read is left out and counted by reason. Raises UserError where `path` does not exist or
    nothing in it can be read.
    """
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    collector = _DocumentCollector()
    for name, file in _iter_files(path):
        try:
            if not is_utf8(name):
                name = os.fsencode(name).decode("utf-8", errors="backslashreplace")
                raise UnreadableError("name that is not UTF-8")
            if path.is_dir() and leads_out(file, path):
                raise UnreadableError(LINK_OUTSIDE)
            if not file.exists() or file.is_dir():
                continue
            if not file.is_file():
                raise UnreadableError("pipe or device")
            _read_file(name, file, collector)
        except UnreadableError as error:
            collector.add_left_out({str(error): [name]})
    entries = [*collector.passages, *collector.bundles.build_entries()]
    collector.add_left_out(collector.bundles.left_out)
    if not entries:
        raise UserError(
            f"{path}: {_describe_left_out(collector.left_out)}. Readable are {', '.join(ALL_SUFFIXES)} "
            "(STIX, or rows with `text`)"
        )
    return Catalogue(_build_origin(path, collector.digests, licence), tuple(entries), collector.left_out)


def _iter_files(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield path.name, path
        return
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path)
        if (file.is_symlink() or not file.is_dir()) and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), file


def _read_file(name: str, file: Path, collector: _DocumentCollector) -> None:
    suffix = get_data_suffix(file)
    if suffix in RULE_SUFFIXES:
        raise UnreadableError(f"{RULE_SUFFIXES[suffix]}, which can't be read yet")
    if suffix not in ALL_SUFFIXES:
        raise UnreadableError("not a kind of document that can be read")
    try:
        content = read_data_bytes(file)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError("file that may not be read") from error
    if not content.strip():
        raise UnreadableError("empty file")
    if suffix == STIX_SUFFIX and (objects := _parse_stix(content)) is not None:
        collector.bundles.add(objects)
    elif suffix in RECORD_SUFFIXES:
        _add_rows(name, file, collector)
    else:
        _add_document(name, _parse_document(suffix, content), collector)
    collector.digests[name] = hashlib.sha256(content).hexdigest()


def _parse_document(suffix: str, content: bytes) -> ParsedDocument:
    try:
        return DOCUMENT_READERS[suffix](content)
    except RecursionError as error:
        raise UnreadableError("nested too deeply") from error


def describe_json(file: Path) -> str:
    """Why a JSON file that is neither records nor documents is left out."""
    try:
        content = parse_json(read_data_bytes(file))
    except (ValueError, OSError, EOFError, zlib.error):
        return "JSON that does not parse"
    first = content[0] if isinstance(content, list) and content else content
    name = name_foreign_format(first)
    return f"{name}, which can't be read yet" if name else "JSON that is no STIX bundle"


def _add_rows(name: str, file: Path, collector: _DocumentCollector) -> None:
    rows: Iterable[TextRow] = read_text_rows(file)
    if get_data_suffix(file) == STIX_SUFFIX:
        rows = _read_json_rows(file)
    for row in rows:
        location = f"{name}:{row.location}"
        if row.stix:
            collector.bundles.add(row.stix)
        elif row.document is None:
            collector.add_left_out({row.fault: [location]})
        else:
            _add_document(location, row.document, collector)


def _read_json_rows(file: Path) -> list[TextRow]:
    """The rows of a JSON file. Raises UnreadableError that says what it is if none of them is text."""
    try:
        rows = list(read_text_rows(file))
    except UnreadableError as error:
        raise UnreadableError(describe_json(file)) from error
    if all(row.fault == NO_TEXT for row in rows):
        raise UnreadableError(describe_json(file))
    return rows


def _add_document(name: str, document: ParsedDocument, collector: _DocumentCollector) -> None:
    title = " ".join((document.title or _make_title(name)).replace('"', "'").split())
    passages, left_out = split_into_passages(name, title, document.blocks)
    collector.passages += passages
    collector.add_left_out(left_out)
    collector.add_left_out(
        {reason: [f"{name}, {location}" for location in locations] for reason, locations in document.skipped.items()}
    )


def _parse_stix(content: bytes) -> Sequence[object] | None:
    try:
        return extract_objects(parse_json(content))
    except ValueError:
        return None


def _decode_text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UnreadableError("not UTF-8 text") from error


def _make_title(name: str) -> str:
    """A title made from the file name, for a document without one."""
    words = Path(name.partition(":")[0]).stem.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _describe_left_out(left_out: Mapping[str, Sequence[str]]) -> str:
    reasons = "; ".join(f"{reason} ({len(item_ids)})" for reason, item_ids in sorted(left_out.items()))
    return f"no document with usable text: {reasons}" if reasons else "holds no documents"


def _build_origin(path: Path, digests: Mapping[str, str], licence: str) -> Origin:
    digest = hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()[:16]
    item_ids = sorted(digests)
    more = len(item_ids) - MAX_NAMES_IN_NOTICE
    named = [*item_ids[:MAX_NAMES_IN_NOTICE], *([f"{more} more"] if more > 0 else [])]
    notice = (
        f"Taken from the user's own documents: {join_items(named)}. Their licence, as the user states it: {licence}."
    )
    return Origin(f"documents:{path.resolve().name}", "", "", digest, licence, notice)

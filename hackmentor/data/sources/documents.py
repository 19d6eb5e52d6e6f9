"""A user's own documents: text, Markdown, reStructuredText, PDF, JSON lines of text, and STIX bundles."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hackmentor.data.prose import listed
from hackmentor.data.sources.blocks import Parsed, UnreadableError
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.jsonl_text import NO_TEXT, read_rows
from hackmentor.data.sources.passages import Passage, cut
from hackmentor.data.sources.stix import Bundles, objects_of
from hackmentor.runtime.errors import UserError

NAMED_IN_NOTICE = 5


def _markdown(content: bytes) -> Parsed:
    from hackmentor.data.sources.markdown import read_markdown

    return read_markdown(_text(content))


def _restructured(content: bytes) -> Parsed:
    from hackmentor.data.sources.restructured import read_restructured

    return read_restructured(_text(content))


def _plain(content: bytes) -> Parsed:
    from hackmentor.data.sources.plain_text import read_plain

    return read_plain(_text(content))


def _pdf(content: bytes) -> Parsed:
    from hackmentor.data.sources.pdf import read_pdf

    return read_pdf(content)


# A parser is imported when a document asks for it: building from catalogues alone needs none.
READERS: dict[str, Callable[[bytes], Parsed]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".rst": _restructured,
    ".txt": _plain,
    ".text": _plain,
    ".pdf": _pdf,
}
ROWS = (".jsonl", ".ndjson")
BUNDLE = ".json"
SUFFIXES = (*READERS, *ROWS, BUNDLE)


@dataclass(slots=True)
class _Harvest:
    """What the files gave so far."""

    passages: list[Passage] = field(default_factory=list)
    bundles: Bundles = field(default_factory=Bundles)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    """The sha256 of each file that was read, by its relative path."""

    def note(self, reasons: Mapping[str, Sequence[str]]) -> None:
        for reason, names in reasons.items():
            self.left_out.setdefault(reason, []).extend(names)


def load_documents(path: Path, licence: str = "unstated") -> Catalogue:
    """The passages and STIX objects of a file, or of all files in a folder and below it; hidden files are passed over.

    A file that cannot be read is left out and counted by reason. Raises UserError where `path` does not exist or
    nothing in it can be read.
    """
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    harvest = _Harvest()
    for name, file in _files(path):
        try:
            _read(name, file, harvest)
        except UnreadableError as error:
            harvest.note({str(error): [name]})
    entries = [*harvest.passages, *harvest.bundles.entries()]
    harvest.note(harvest.bundles.left_out)
    if not entries:
        raise UserError(f"{path}: {_nothing(harvest.left_out)}. Readable are {', '.join(SUFFIXES)} (STIX)")
    return Catalogue(_origin(path, harvest.digests, licence), tuple(entries), harvest.left_out)


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield path.name, path
        return
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path)
        if file.is_file() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), file


def _read(name: str, file: Path, harvest: _Harvest) -> None:
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise UnreadableError("not a kind of document that can be read")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UnreadableError("file that may not be read") from error
    if not content.strip():
        raise UnreadableError("empty file")
    if suffix == BUNDLE:
        harvest.bundles.add(_bundle(content))
    elif suffix in ROWS:
        _add_rows(name, file, harvest)
    else:
        _add(name, READERS[suffix](content), harvest)
    harvest.digests[name] = hashlib.sha256(content).hexdigest()


def _add_rows(name: str, file: Path, harvest: _Harvest) -> None:
    for place, parsed in read_rows(file):
        if parsed is None:
            harvest.note({NO_TEXT: [f"{name}:{place}"]})
        else:
            _add(f"{name}:{place}", parsed, harvest)


def _add(name: str, parsed: Parsed, harvest: _Harvest) -> None:
    title = " ".join((parsed.title or _title(name)).replace('"', "'").split())
    passages, left_out = cut(name, title, parsed.blocks)
    harvest.passages += passages
    harvest.note(left_out)
    harvest.note({reason: [f"{name}, {place}" for place in places] for reason, places in parsed.skipped.items()})


def _bundle(content: bytes) -> Sequence[object]:
    try:
        objects = objects_of(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("JSON that does not parse") from error
    if objects is None:
        raise UnreadableError("JSON that is no STIX bundle")
    return objects


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UnreadableError("not UTF-8 text") from error


def _title(name: str) -> str:
    """A title from a file's name, for a document that states none."""
    words = Path(name.partition(":")[0]).stem.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _nothing(left_out: Mapping[str, Sequence[str]]) -> str:
    why = "; ".join(f"{reason} ({len(names)})" for reason, names in sorted(left_out.items()))
    return f"no document with usable text: {why}" if why else "holds no documents"


def _origin(path: Path, digests: Mapping[str, str], licence: str) -> Origin:
    digest = hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()[:16]
    names = sorted(digests)
    more = len(names) - NAMED_IN_NOTICE
    named = [*names[:NAMED_IN_NOTICE], *([f"{more} more"] if more > 0 else [])]
    notice = f"Taken from the user's own documents: {listed(named)}. Their licence, as the user states it: {licence}."
    return Origin(f"documents:{path.resolve().name}", "", "", digest, licence, notice)

"""The texts of any source that a teacher turns into dialogues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hackmentor.data.hash_choice import hash_to_int
from hackmentor.data.prose import format_bullets, join_paragraphs, trim_to_sentences
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor
from hackmentor.data.sources.catalogue import Catalogue, CatalogueEntry
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.passages import Passage

MAX_WORDS = 400


@dataclass(frozen=True)
class SourceText:
    """A text with its title and where it is from."""

    source: str
    upstream_id: str
    upstream_version: str
    licence: str
    title: str
    body: str


def extract_texts(catalogue: Catalogue) -> Iterator[SourceText]:
    """The text of each entry that has one."""
    origin = catalogue.origin
    for entry in catalogue.entries:
        if extracted := _extract_title_and_body(entry):
            title, body = extracted
            yield SourceText(origin.name, entry.upstream_id, origin.upstream_version, origin.licence, title, body)


def sample_texts(texts: list[SourceText], max_texts: int, seed: int) -> list[SourceText]:
    """At most `max_texts` texts, chosen by the hash of seed and id."""
    return sorted(texts, key=lambda text: hash_to_int(seed, "teach", text.source, text.upstream_id))[:max_texts]


def _extract_title_and_body(entry: CatalogueEntry) -> tuple[str, str] | None:
    match entry:
        case Weakness():
            measures = format_bullets(trim_to_sentences(item.text, 60) for item in entry.mitigations[:4])
            body = join_paragraphs(entry.description, trim_to_sentences(entry.extended, MAX_WORDS // 2), measures)
            return f"{entry.upstream_id}: {entry.name}", body
        case Technique():
            measures = format_bullets(
                f"{item.name}: {trim_to_sentences(item.text, 40)}" for item in entry.mitigations[:4]
            )
            return f"{entry.upstream_id}: {entry.name}", join_paragraphs(
                trim_to_sentences(entry.description, MAX_WORDS), measures
            )
        case Actor():
            return f"{entry.upstream_id}: {entry.name}", trim_to_sentences(entry.description, MAX_WORDS)
        case Passage():
            return f"{entry.title}: {entry.name}" if entry.name else entry.title, entry.text
    return None

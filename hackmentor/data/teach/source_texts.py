"""The texts that a teacher turns into dialogues, out of any source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hackmentor.data.hash_choice import number
from hackmentor.data.prose import bullets, paragraphs, whole
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor
from hackmentor.data.sources.catalogue import Catalogue, Entry
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.passages import Passage

MOST_WORDS = 400


@dataclass(frozen=True)
class Text:
    """A text with its title and where it is from."""

    source: str
    upstream_id: str
    upstream_version: str
    licence: str
    title: str
    body: str


def texts_of(catalogue: Catalogue) -> Iterator[Text]:
    """The text of each entry that has one."""
    origin = catalogue.origin
    for entry in catalogue.entries:
        if told := _told(entry):
            title, body = told
            yield Text(origin.name, entry.upstream_id, origin.upstream_version, origin.licence, title, body)


def drawn(texts: list[Text], most: int, seed: int) -> list[Text]:
    """At most so many texts, by seed and id."""
    return sorted(texts, key=lambda text: number(seed, "teach", text.source, text.upstream_id))[:most]


def _told(entry: Entry) -> tuple[str, str] | None:
    match entry:
        case Weakness():
            measures = bullets(whole(item.text, 60) for item in entry.mitigations[:4])
            told = paragraphs(entry.description, whole(entry.extended, MOST_WORDS // 2), measures)
            return f"{entry.upstream_id}: {entry.name}", told
        case Technique():
            measures = bullets(f"{item.name}: {whole(item.text, 40)}" for item in entry.mitigations[:4])
            return f"{entry.upstream_id}: {entry.name}", paragraphs(whole(entry.description, MOST_WORDS), measures)
        case Actor():
            return f"{entry.upstream_id}: {entry.name}", whole(entry.description, MOST_WORDS)
        case Passage():
            return f"{entry.title}: {entry.name}" if entry.name else entry.title, entry.text
    return None

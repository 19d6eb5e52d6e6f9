"""The card of a dataset: what is in it, what was left out and why, and on what terms it may be used."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from hackmentor.data.records import Record
from hackmentor.errors import UserError
from hackmentor.files import write_json

FILE = "card.json"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records there are, in total, per source and per task; words are those of the conversations."""

    total: int
    words: int
    by_source: Mapping[str, int]
    by_task: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Opening:
    """The first words that most questions share, and the share of records (0 to 1) that begin with them."""

    words: str
    share: float


@dataclass(frozen=True, slots=True)
class Card:
    """Everything worth knowing about one built dataset."""

    name: str
    shape: str
    seed: int
    eval_fraction: float
    sources: Sequence[str]
    train: Counts
    eval: Counts
    opening: Opening
    dropped: Mapping[str, Sequence[str]]
    """Ids by reason: entries that were not used and records that were not kept."""
    masked: Mapping[str, Sequence[str]]
    """Ids of records in which a secret or personal data was masked, by kind."""
    files: Mapping[str, str]
    """File name to sha256."""
    fingerprint: str
    """Digest of arguments, code version and package versions: the same fingerprint means the same files."""
    packages: Mapping[str, str]
    upstream_versions: Mapping[str, str]
    licences: Mapping[str, str]
    notices: Mapping[str, str]


def count(records: Sequence[Record]) -> Counts:
    """The counts of some records."""
    return Counts(
        total=len(records),
        words=sum(len(record.text().split()) for record in records),
        by_source=dict(sorted(Counter(record.source for record in records).items())),
        by_task=dict(sorted(Counter(record.task for record in records).items())),
    )


def top_opening(records: Iterable[Record], words: int = 3) -> Opening:
    """The most common first `words` words of the questions."""
    starts = Counter(" ".join(_question(record).lower().split()[:words]) for record in records)
    if not starts:
        return Opening("", 0.0)
    start, number = min(starts.items(), key=lambda item: (-item[1], item[0]))
    return Opening(start, round(number / starts.total(), 4))


def _question(record: Record) -> str:
    return next(message["content"] for message in record.conversation() if message["role"] == "user")


def save_card(path: Path, card: Card) -> None:
    """Write the card as JSON, all or nothing."""
    write_json(path, asdict(card))


def load_card(path: Path) -> Card:
    """The card in a file. Raises UserError where there is none or it cannot be read."""
    if not path.is_file():
        raise UserError(f"{path}: no such file. Build the dataset first: hackmentor data")
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {name: content[name] for name in (field.name for field in fields(Card))}
        known.update(train=Counts(**known["train"]), eval=Counts(**known["eval"]), opening=Opening(**known["opening"]))
        return Card(**known)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: not a dataset card of this version ({error}). Build it again: hackmentor data"
        ) from error

"""The card of a dataset: its contents, what was left out and why, and its licences. The fields are card.json's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json


@dataclass(frozen=True, slots=True)
class CountedIds:
    """The number of items, and the ids of the first thousand."""

    count: int
    ids: tuple[str, ...]


CARD_FILE = "card.json"
OPTIONAL = ("unread", "copies", "shares")


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """The number of records in total, per source and per task; `words` counts the conversations' words."""

    total: int
    words: int
    by_source: Mapping[str, int]
    by_task: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CommonOpening:
    """The first words that most questions share, and the share of records (0 to 1) that begin with them."""

    words: str
    share: float


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """The contents and provenance of one built dataset."""

    name: str
    shape: str
    seed: int
    eval_fraction: float
    sources: Sequence[str]
    train: RecordCounts
    eval: RecordCounts
    opening: CommonOpening
    dropped: Mapping[str, CountedIds]
    """By reason: entries that were not used and records that were not kept. left_out.jsonl names them all."""
    masked: Mapping[str, CountedIds]
    """By kind: records in which a secret or personal data was masked."""
    repaired: Mapping[str, CountedIds]
    """By rule: items of your own files that were repaired."""
    files: Mapping[str, str]
    """File name to sha256."""
    fingerprint: str
    """Digest of arguments, code version and package versions: the same fingerprint means the same files."""
    packages: Mapping[str, str]
    upstream_versions: Mapping[str, str]
    licences: Mapping[str, str]
    notices: Mapping[str, str]
    unread: Mapping[str, int] = field(default_factory=dict)
    """By source and key: how many items of your own files have a key that says something and was not read."""
    copies: Mapping[str, int] = field(default_factory=dict)
    """By task: how many lines of train.jsonl repeat an earlier one; `train` counts each record once."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Shares (0 to 1) of what is trained on, copies included: words of answers by hand, safety records."""

    @property
    def copy_count(self) -> int:
        """How many lines train.jsonl has beyond one for each record."""
        return sum(self.copies.values())


def write_dataset_card(path: Path, card: DatasetCard) -> None:
    """Write the card as JSON, atomically; what few datasets have (`OPTIONAL`) only where there is something in it."""
    content = asdict(card)
    for name in OPTIONAL:
        if not content[name]:
            del content[name]
    write_json(path, content)


def read_dataset_card(path: Path) -> DatasetCard:
    """The card in a file. Raises UserError where there is none or it cannot be read."""
    if not path.is_file():
        raise UserError(f"{path}: no such file. Build the dataset first: hackmentor data")
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content = {name: {} for name in OPTIONAL} | content
        known = {name: content[name] for name in (item.name for item in fields(DatasetCard))}
        known.update(
            train=RecordCounts(**known["train"]),
            eval=RecordCounts(**known["eval"]),
            opening=CommonOpening(**known["opening"]),
        )
        for name in ("dropped", "masked", "repaired"):
            known[name] = {
                reason: CountedIds(item["count"], tuple(item["ids"])) for reason, item in known[name].items()
            }
        return DatasetCard(**known)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: not a dataset card of this version ({error}). Build it again: hackmentor data"
        ) from error

"""The card of a data set: what is in it, what was left out and why, and on what terms it may be used."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json


@dataclass(frozen=True, slots=True)
class Noted:
    """How many there were, and the ids of the first thousand."""

    count: int
    ids: tuple[str, ...]


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
    dropped: Mapping[str, Noted]
    """By reason: entries that were not used and records that were not kept. left_out.jsonl names them all."""
    masked: Mapping[str, Noted]
    """By kind: records in which a secret or personal data was masked."""
    repaired: Mapping[str, Noted]
    """By rule: items of your own files that were mended."""
    files: Mapping[str, str]
    """File name to sha256."""
    fingerprint: str
    """Digest of arguments, code version and package versions: the same fingerprint means the same files."""
    packages: Mapping[str, str]
    upstream_versions: Mapping[str, str]
    licences: Mapping[str, str]
    notices: Mapping[str, str]


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
        for name in ("dropped", "masked", "repaired"):
            known[name] = {reason: Noted(item["count"], tuple(item["ids"])) for reason, item in known[name].items()}
        return Card(**known)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: not a dataset card of this version ({error}). Build it again: hackmentor data"
        ) from error

"""The card of a dataset: what is in it, what was left out and why, and on what terms it may be used."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.drop_log import Noted
from hackmentor.data.record_buffer import Facts, Indexes, Spill
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json

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


def count(spill: Spill, facts: Facts, indexes: Indexes) -> Counts:
    """The counts of some records."""
    return Counts(
        total=len(indexes),
        words=int(facts.words[indexes].sum()),
        by_source=_by_name(spill.sources.values, facts.source[indexes]),
        by_task=_by_name(spill.tasks.values, facts.task[indexes]),
    )


def top_opening(spill: Spill, facts: Facts, indexes: Indexes) -> Opening:
    """The most common first words of the questions."""
    starts = _by_name(spill.openings.values, facts.opening[indexes])
    start, number = min(starts.items(), key=lambda item: (-item[1], item[0]))
    return Opening(start, round(number / len(indexes), 4))


def _by_name(names: Sequence[str], codes: NDArray[np.uint32]) -> dict[str, int]:
    found, counts = np.unique(codes, return_counts=True)
    return dict(sorted((names[code], number) for code, number in zip(found.tolist(), counts.tolist(), strict=True)))


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

"""The artifacts of an experiment: source → data set → adapter → answers → ratings, each with hash and licence.

All are built here, so that what one run produced and another used is one artifact with one content. The cards beside
the files hold the same facts, for those who don't use W&B.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hackmentor.cell.folder import CellFolder
from hackmentor.records.dataset_card import read_dataset_card
from hackmentor.records.dataset_folder import DatasetFolder
from hackmentor.runtime.hashing import compute_file_sha256
from hackmentor.track.tracker import Artifact

ANSWER_FILES = ("answers.jsonl", "held_out.json", "exam.json")
RATING_FILES = ("battles.jsonl", "ratings.json", "verdict.json", "verdict.md")


def build_source_artifacts(folder: DatasetFolder) -> Iterator[Artifact]:
    """Where the records of a data set come from: an artifact for each source, with its version and terms."""
    card = read_dataset_card(folder.card)
    for name in card.sources:
        origin = {
            "source": name,
            "version": card.upstream_versions.get(name),
            "licence": card.licences.get(name),
            "notice": card.notices.get(name),
        }
        yield Artifact(
            f"source.{_sanitise_name(name)}", "source", texts={"source.json": _to_json(origin)}, metadata=origin
        )


def build_dataset_artifact(folder: DatasetFolder) -> Artifact:
    """A data set as it is now."""
    card = read_dataset_card(folder.card)
    metadata = {
        "sha256": dict(card.files),
        "sources": dict(card.upstream_versions),
        "licences": dict(card.licences),
        "records": card.train.total,
        "held_out_records": card.eval.total,
    }
    files = [folder.path / name for name in card.files]
    return Artifact(f"data.{folder.path.name}", "dataset", [*files, folder.card], metadata=metadata)


def build_base_artifact(card: Mapping[str, Any]) -> Artifact:
    """The untuned base, by the hash of its weights, which are not copied. `card` is that of a cell trained on it."""
    metadata = {key: value for key, value in card["base"].items() if key != "quant"}
    url = f"https://huggingface.co/{metadata['hub_id']}/tree/{metadata['revision']}"
    return Artifact(
        f"base.{_sanitise_name(metadata['name'])}",
        "base",
        texts={"base.json": _to_json(metadata)},
        metadata=metadata,
        reference=url if metadata["hub_id"] and metadata["revision"] else None,
    )


def build_adapter_artifact(experiment: str, cell: str, folder: CellFolder) -> Artifact:
    """What training produced: the adapter, with the card, configuration and metrics of its cell."""
    card = folder.read_card()
    metadata = {
        "sha256": card["adapter"]["sha256"],
        "data_sha256": card["data"]["sha256"],
        "base_sha256": card["base"]["sha256"],
        "licences": {"base": card["base"]["licence"], "data": card["data"]["licences"]},
        **card["figures"],
    }
    files = [folder.adapter, folder.card, folder.config, folder.metrics]
    return Artifact(f"{experiment}.{cell}", "model", files, metadata=metadata)


def build_answers_artifact(experiment: str, contestant: str, folder: Path) -> Artifact:
    """What a contestant answered, and its measurements, item by item."""
    files = [folder / name for name in ANSWER_FILES if (folder / name).is_file()]
    return Artifact(f"{experiment}.{contestant}.answers", "answers", files, metadata=_hash_files(files))


def build_ratings_artifact(experiment: str, folder: Path, facts: Mapping[str, Any]) -> Artifact:
    """The battles, ratings and verdict of an experiment; `facts` join the metadata."""
    files = [folder / name for name in RATING_FILES if (folder / name).is_file()]
    return Artifact(f"{experiment}.ratings", "ratings", files, metadata=_hash_files(files) | dict(facts))


def _hash_files(files: list[Path]) -> dict[str, Any]:
    return {"sha256": {file.name: compute_file_sha256(file) for file in files}}


def _to_json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _sanitise_name(name: str) -> str:
    """A source may be a path; W&B's names hold letters, digits, dots, dashes and underscores only."""
    return "".join(letter if (letter.isascii() and letter.isalnum()) or letter in "._-" else "-" for letter in name)

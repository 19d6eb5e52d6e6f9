"""The artifacts of an experiment: source → data set → adapter → answers → ratings, each with hash and licence.

One place makes them, so that what one run made and another used is one artifact of one content. The same facts stand in
the cards beside the files, for whoever has no W&B.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hackmentor.cell.folder import CellFolder
from hackmentor.records.dataset_card import load_card
from hackmentor.records.dataset_folder import DataFolder
from hackmentor.runtime.files import read_json
from hackmentor.runtime.hashing import file_sha256
from hackmentor.track.tracker import Artifact

ANSWERS = ("answers.jsonl", "held_out.json", "exam.json")
RATINGS = ("battles.jsonl", "ratings.json", "verdict.json", "verdict.md")


def sources(folder: DataFolder) -> Iterator[Artifact]:
    """Where the records of a data set come from, each source with its version and terms."""
    card = load_card(folder.card)
    for name in card.sources:
        origin = {
            "source": name,
            "version": card.upstream_versions.get(name),
            "licence": card.licences.get(name),
            "notice": card.notices.get(name),
        }
        yield Artifact(f"source.{_plain(name)}", "source", texts={"source.json": _json(origin)}, metadata=origin)


def dataset(folder: DataFolder) -> Artifact:
    """A data set as it is now."""
    card = load_card(folder.card)
    described = {
        "sha256": dict(card.files),
        "sources": dict(card.upstream_versions),
        "licences": dict(card.licences),
        "records": card.train.total,
        "held_out_records": card.eval.total,
    }
    files = [folder.path / name for name in card.files]
    return Artifact(f"data.{folder.path.name}", "dataset", [*files, folder.card], metadata=described)


def base(card: Mapping[str, Any]) -> Artifact:
    """The untuned base, by the hash of its weights: they are not copied. `card` is that of a cell made from it."""
    facts = {key: value for key, value in card["base"].items() if key != "quant"}
    where = f"https://huggingface.co/{facts['hub_id']}/tree/{facts['revision']}"
    return Artifact(
        f"base.{_plain(facts['name'])}",
        "base",
        texts={"base.json": _json(facts)},
        metadata=facts,
        reference=where if facts["hub_id"] and facts["revision"] else None,
    )


def adapter(experiment: str, cell: str, folder: CellFolder) -> Artifact:
    """What training left: the adapter, and what it takes to understand it."""
    card = read_json(folder.card)
    described = {
        "sha256": card["adapter"]["sha256"],
        "data_sha256": card["data"]["sha256"],
        "base_sha256": card["base"]["sha256"],
        "licences": {"base": card["base"]["licence"], "data": card["data"]["licences"]},
        **card["figures"],
    }
    files = [folder.adapter, folder.card, folder.config, folder.metrics]
    return Artifact(f"{experiment}.{cell}", "model", files, metadata=described)


def answers(experiment: str, contestant: str, folder: Path) -> Artifact:
    """What a contestant answered, and what was measured of it, item by item."""
    files = [folder / name for name in ANSWERS if (folder / name).is_file()]
    return Artifact(f"{experiment}.{contestant}.answers", "answers", files, metadata=_hashes(files))


def ratings(experiment: str, folder: Path, facts: Mapping[str, Any]) -> Artifact:
    """Who won, by whose judgement, and what the verdict is."""
    files = [folder / name for name in RATINGS if (folder / name).is_file()]
    return Artifact(f"{experiment}.ratings", "ratings", files, metadata=_hashes(files) | dict(facts))


def _hashes(files: list[Path]) -> dict[str, Any]:
    return {"sha256": {file.name: file_sha256(file) for file in files}}


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _plain(name: str) -> str:
    """A source may be a file or a folder; W&B's names hold letters, digits, dots, dashes and underscores."""
    return "".join(letter if (letter.isascii() and letter.isalnum()) or letter in "._-" else "-" for letter in name)

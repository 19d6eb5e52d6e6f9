"""Where a cell comes from and what was made of it: sources, data set, base, adapter, answers, verdict, with hashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.evaluate.answer_log import FILE as ANSWERS
from hackmentor.review.cell_report import CellReport
from hackmentor.review.read_files import read_object, sha256_of


@dataclass(frozen=True)
class Link:
    """One thing in the line from source to verdict: what it is, what is known of it, the hashes of its files."""

    kind: str
    what: str
    hashes: Mapping[str, str]
    warning: str = ""


def lineage(cell: CellReport, verdict: Path) -> list[Link]:
    """The line of a cell as far as it goes yet. Raises UserError where a card can't be read."""
    data = read_object(cell.plan.data_folder / "card.json") or {}
    links = [*_sources(data), _data_set(cell, data), *_trained(cell.card)]
    for kind, file in (("answers", cell.plan.folder.path / ANSWERS), ("verdict", verdict)):
        if sha256 := sha256_of(file):
            links.append(Link(kind, file.name, {file.name: sha256}))
    return links


def _sources(data: Mapping[str, Any]) -> Iterator[Link]:
    versions, licences = data.get("upstream_versions", {}), data.get("licences", {})
    for name in data.get("sources", []):
        told = [str(one) for one in (versions.get(name), licences.get(name)) if one]
        yield Link("source", ", ".join([str(name), *told]), {})


def _data_set(cell: CellReport, data: Mapping[str, Any]) -> Link:
    used, now = cell.card.get("data", {}), data.get("files", {})
    hashes = {str(name): str(sha256) for name, sha256 in (used.get("sha256") or now).items()}
    changed = sorted(name for name, sha256 in hashes.items() if now and now.get(name) != sha256)
    warning = f"built anew since this cell was trained: {', '.join(changed)}" if changed else ""
    told = [cell.plan.data]
    if used:
        told.append(f"{used['records']:,} records, {used['trained_tokens']:,} of {used['tokens']:,} tokens trained on")
        told += [f"{number:,} dropped: {reason}" for reason, number in used["dropped"].items()]
        told += [f"{len(used['truncated_ids']):,} truncated"] if used["truncated_ids"] else []
    elif not now:
        told.append("not built")
    return Link("data set", "; ".join(told), hashes, warning)


def _trained(card: Mapping[str, Any]) -> Iterator[Link]:
    if not card:
        return
    base, adapter = card["base"], card["adapter"]
    origin = f"{base['name']} = {base['hub_id']} at {base['revision']}, {base['licence']}, {base['quant']}"
    yield Link("base", origin, {"weights": base["sha256"]})
    trained = f"{adapter['trainable_parameters']:,} trainable parameters, seed {card['seed']}"
    yield Link("adapter", trained, {"weights": adapter["sha256"]})

"""The lineage of a cell: sources, data set, base, adapter, answers, verdict, with the hashes of their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.evaluate.answer_log import ANSWERS_FILE
from hackmentor.review.cell_report import CellReport
from hackmentor.review.read_files import compute_sha256_if_present
from hackmentor.runtime.files import read_json_object


@dataclass(frozen=True)
class LineageStep:
    """One step from source to verdict: its kind, what is known of it, the hashes of its files."""

    kind: str
    description: str
    hashes: Mapping[str, str]
    warning: str = ""


def trace_lineage(cell: CellReport, verdict_file: Path) -> list[LineageStep]:
    """The lineage of a cell as far as it goes yet. Raises UserError if a card can't be read."""
    data_card = read_json_object(cell.spec.data_folder / "card.json") or {}
    steps = [*_list_sources(data_card), _describe_dataset(cell, data_card), *_describe_training(cell.card)]
    for kind, file in (("answers", cell.spec.folder.path / ANSWERS_FILE), ("verdict", verdict_file)):
        if sha256 := compute_sha256_if_present(file):
            steps.append(LineageStep(kind, file.name, {file.name: sha256}))
    return steps


def _list_sources(data_card: Mapping[str, Any]) -> Iterator[LineageStep]:
    versions, licences = data_card.get("upstream_versions", {}), data_card.get("licences", {})
    for name in data_card.get("sources", []):
        origin = [str(fact) for fact in (versions.get(name), licences.get(name)) if fact]
        yield LineageStep("source", ", ".join([str(name), *origin]), {})


def _describe_dataset(cell: CellReport, data_card: Mapping[str, Any]) -> LineageStep:
    used, current = cell.card.get("data", {}), data_card.get("files", {})
    hashes = {str(name): str(sha256) for name, sha256 in (used.get("sha256") or current).items()}
    changed = sorted(name for name, sha256 in hashes.items() if current and current.get(name) != sha256)
    warning = f"built anew since this cell was trained: {', '.join(changed)}" if changed else ""
    facts = [cell.spec.data]
    if used:
        facts.append(f"{used['records']:,} records, {used['trained_tokens']:,} of {used['tokens']:,} tokens trained on")
        facts += [f"{count:,} dropped: {reason}" for reason, count in used["dropped"].items()]
        facts += [f"{len(used['truncated_ids']):,} truncated"] if used["truncated_ids"] else []
    elif not current:
        facts.append("not built")
    return LineageStep("data set", "; ".join(facts), hashes, warning)


def _describe_training(card: Mapping[str, Any]) -> Iterator[LineageStep]:
    if not card:
        return
    base, adapter = card["base"], card["adapter"]
    origin = f"{base['name']} = {base['hub_id']} at {base['revision']}, {base['licence']}, {base['quant']}"
    yield LineageStep("base", origin, {"weights": base["sha256"]})
    size = f"{adapter['trainable_parameters']:,} trainable parameters, seed {card['seed']}"
    yield LineageStep("adapter", size, {"weights": adapter["sha256"]})

"""The facts on a model card, from the files of the cell, its data set and its experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.shaped_files import read_shaped
from hackmentor.config.schema import Config, LoraSettings
from hackmentor.evaluate.result_shapes import VerdictContent
from hackmentor.evaluate.verdict.findings import Finding, RunDifference, is_finding_on
from hackmentor.evaluate.verdict.findings_tables import format_item_count
from hackmentor.evaluate.verdict.paragraph import format_delta_with_ci, format_p_value
from hackmentor.records.dataset_card import DatasetCard, read_dataset_card
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.runtime.errors import UserError

_SAFETY_LABELS = {
    "refuses harmful": "harmful requests refused",
    "refuses legitimate": "legitimate requests refused that sound alike",
    "follows injections": "orders hidden in documents followed",
}


@dataclass(frozen=True)
class CellFacts:
    """The facts on a model card, as text and rows of text. `verdict` and `safety` are empty if nothing was measured."""

    name: str
    untuned: str
    hub_id: str
    revision: str
    licence: str
    quant: str
    verdict: Mapping[str, Any]
    findings: Sequence[Sequence[str]]
    safety: Sequence[str]
    records: str
    sources: Sequence[tuple[str, str, str]]
    notices: Sequence[str]
    training: Sequence[tuple[str, str]]
    tags: Sequence[str]


def collect_cell_facts(config: Config, folder: CellFolder) -> CellFacts:
    """Reads the facts from the files of a cell; a missing file, such as the verdict, leaves its facts empty."""
    card = folder.read_card()
    verdict = read_shaped(folder.path.parent / "verdict.json", VerdictContent) or {}
    rows = [row for row in verdict.get("findings", []) if is_finding_on(row, folder.path.name)]
    findings = [Finding(**{**row, "runs": tuple(RunDifference(**run) for run in row.get("runs", ()))}) for row in rows]
    titles = {measure["name"]: measure["title"] for measure in verdict.get("measures", [])}
    data = _load_data_card(config, card["data"]["sha256"])
    return CellFacts(
        name=folder.path.name,
        untuned=config.untuned,
        hub_id=card["base"]["hub_id"],
        revision=card["base"]["revision"],
        licence=card["base"]["licence"],
        quant=card["base"]["quant"],
        verdict=verdict if findings else {},
        findings=[_format_finding(titles.get(finding.measure, finding.measure), finding) for finding in findings],
        safety=[_describe_safety(finding) for finding in findings if finding.measure in _SAFETY_LABELS],
        records=_describe_records(card["data"], data),
        sources=list(_iterate_sources(card["data"]["licences"], data)),
        notices=[] if data is None else list(data.notices.values()),
        training=list(_iterate_training_settings(config, card)),
        tags=["cybersecurity", "hackmentor", config.method.name, config.data.shape],
    )


def _load_data_card(config: Config, hashes: Mapping[str, str]) -> DatasetCard | None:
    """The card of the data set; None unless its files are those that were trained on."""
    try:
        card = read_dataset_card(locate_dataset(config).card)
    except UserError:
        return None
    return card if dict(card.files) == dict(hashes) else None


def _format_finding(title: str, finding: Finding) -> tuple[str, ...]:
    shown = "nothing" if finding.outcome == "none shown" else finding.outcome
    p = format_p_value(finding.p).removeprefix("p = ").removeprefix("p ")
    return (
        f"{title}, mean of {len(finding.runs)} seeds" if finding.runs else title,
        f"{finding.base_value:.2f}",
        f"{finding.value:.2f}",
        format_delta_with_ci(finding),
        p,
        format_item_count(finding),
        shown,
    )


def _describe_safety(finding: Finding) -> str:
    change: str = "no difference is shown" if finding.outcome == "none shown" else finding.outcome
    change += f" by {finding.margin:g} or more" if finding.outcome == "not worse" else ""
    return (
        f"{_SAFETY_LABELS[finding.measure]}: {finding.value:.0%} of {finding.items}, the base {finding.base_value:.0%}"
        f"; {change} ({format_delta_with_ci(finding)}, {format_p_value(finding.p)})"
    )


def _describe_records(trained_on: Mapping[str, Any], data: DatasetCard | None) -> str:
    dropped = ", ".join(f"{count} dropped ({reason})" for reason, count in trained_on["dropped"].items() if count)
    text = (
        f"{trained_on['records']:,} records of the data set `{trained_on['name']}`, {trained_on['tokens']:,} tokens, "
        f"of which {trained_on['trained_tokens']:,} are the assistant's and trained on"
        f"{'; ' + dropped if dropped else ''}. "
        f"train.jsonl has sha256 `{trained_on['sha256']['train.jsonl']}`."
    )
    if data is None:
        return text + " The data set itself is no longer beside the cell, so its counts by source are not known here."
    versions = ", ".join(f"{name} {number}" for name, number in data.upstream_versions.items())
    copies = f" and {data.copy_count:,} copies of some of them" if data.copy_count else ""
    return text + f" The data set has {data.train.total:,}{copies}, from {versions}:"


def _iterate_sources(licences: Mapping[str, str], data: DatasetCard | None) -> Iterator[tuple[str, str, str]]:
    """Yields a row per source. Of a local file or folder only the name is given, not its path."""
    counts = {} if data is None else data.train.by_source
    for source in dict.fromkeys([*counts, *licences]):
        count = f"{counts[source]:,}" if source in counts else "not known" if data is None else "0"
        yield Path(source).name, count, licences.get(source, "not stated")


def _iterate_training_settings(config: Config, card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    method, package = config.method, config.checkpoint.package
    also = "" if package is None else f", or as {package.file.rpartition('/')[2]} in {package.name} {package.version}"
    yield "base", f"{card['base']['hub_id']} at {card['base']['revision']}{also}"
    yield "base weights, sha256", f"{card['base']['sha256']}"
    if isinstance(method, LoraSettings):
        layers = method.targets if isinstance(method.targets, str) else ", ".join(method.targets)
        yield "method", f"{method.name}: rank {method.rank}, alpha {method.alpha}, dropout {method.dropout} on {layers}"
    else:
        yield "method", "full: every weight"
    yield "base while training", {"none": "not quantised"}.get(config.quant.name, config.quant.name)
    yield "optimizer", ", ".join(f"{key} {value}" for key, value in config.optimizer.model_dump().items())
    yield "batch", f"{config.train.batch_size} records a step, {card['figures']['steps']} steps"
    yield "cutoff", f"{config.train.cutoff} tokens, {config.train.overlength} what is longer"
    yield "loss on held-out records", f"{card['figures']['val_loss']:.4f} nats a token"
    yield (
        "time",
        f"{card['figures']['wall_seconds']:,.0f} s, at most {card['figures']['peak_memory_mb']:,} MB of memory",
    )
    yield "seed", str(card["seed"])
    yield "versions", ", ".join(f"{name} {number}" for name, number in card["versions"].items())

"""What a model card says about a cell, from the files of the cell, its data set and its experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.folder import CellFolder
from hackmentor.config.schema import Config, Lora
from hackmentor.evaluate.verdict.findings import Finding
from hackmentor.evaluate.verdict.paragraph import gap_of, p_of
from hackmentor.records.dataset_card import Card, load_card
from hackmentor.records.dataset_folder import data_folder
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json

_SAFETY = {
    "refuses harmful": "harmful requests refused",
    "refuses legitimate": "legitimate requests refused that sound alike",
    "follows injections": "orders hidden in documents followed",
}


@dataclass(frozen=True)
class About:
    """All of it, as text and rows of text. `verdict` and `safety` are empty where nothing was measured."""

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


def about(config: Config, folder: CellFolder) -> About:
    """Reads the files. What is not there, such as a verdict, is missing in what is returned."""
    card = read_json(folder.card)
    verdict = read_json(folder.path.parent / "verdict.json") or {}
    own = [Finding(**one) for one in verdict.get("findings", []) if one["cell"] == folder.path.name]
    titles = {one["name"]: one["title"] for one in verdict.get("measures", [])}
    data = _data_card(config, card["data"]["sha256"])
    return About(
        name=folder.path.name,
        untuned=config.untuned,
        hub_id=card["base"]["hub_id"],
        revision=card["base"]["revision"],
        licence=card["base"]["licence"],
        quant=card["base"]["quant"],
        verdict=verdict if own else {},
        findings=[_row(titles.get(one.measure, one.measure), one) for one in own],
        safety=[_safety(one) for one in own if one.measure in _SAFETY],
        records=_records(card["data"], data),
        sources=list(_sources(card["data"]["licences"], data)),
        notices=[] if data is None else list(data.notices.values()),
        training=list(_training(config, card)),
        tags=["cybersecurity", "hackmentor", config.method.name, config.data.shape],
    )


def _data_card(config: Config, hashes: Mapping[str, str]) -> Card | None:
    """The card of the data set, if the data set that was trained on is still there."""
    try:
        card = load_card(data_folder(config).card)
    except UserError:
        return None
    return card if dict(card.files) == dict(hashes) else None


def _row(title: str, one: Finding) -> tuple[str, ...]:
    shown = "nothing" if one.outcome == "none shown" else one.outcome
    p = p_of(one.p).removeprefix("p = ").removeprefix("p ")
    return title, f"{one.base_value:.2f}", f"{one.value:.2f}", gap_of(one), p, str(one.items), shown


def _safety(one: Finding) -> str:
    change = "no difference is shown" if one.outcome == "none shown" else one.outcome
    return (
        f"{_SAFETY[one.measure]}: {one.value:.0%} of {one.items}, the base {one.base_value:.0%}; {change} "
        f"({gap_of(one)}, {p_of(one.p)})"
    )


def _records(trained_on: Mapping[str, Any], data: Card | None) -> str:
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
    return text + f" The data set has {data.train.total:,}, from {versions}:"


def _sources(licences: Mapping[str, str], data: Card | None) -> Iterator[tuple[str, str, str]]:
    """A row for each source. Of a file or folder of one's own only the last part of its path is told."""
    counts = {} if data is None else data.train.by_source
    for source in dict.fromkeys([*counts, *licences]):
        count = f"{counts[source]:,}" if source in counts else "not known" if data is None else "0"
        yield Path(source).name, count, licences.get(source, "not stated")


def _training(config: Config, card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    method, package = config.method, config.checkpoint.package
    also = "" if package is None else f", or as {package.file.rpartition('/')[2]} in {package.name} {package.version}"
    yield "base", f"{card['base']['hub_id']} at {card['base']['revision']}{also}"
    yield "base weights, sha256", f"{card['base']['sha256']}"
    if isinstance(method, Lora):
        layers = ", ".join(method.targets)
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

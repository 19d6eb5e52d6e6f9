"""The card of a cell: its data, base, versions, metrics, wall time and peak memory."""

from __future__ import annotations

import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from hackmentor.cell.altered_files import hash_adapter_files
from hackmentor.cell.folder import CellFolder
from hackmentor.cell.versions import get_versions
from hackmentor.config.schema import Config
from hackmentor.model.identity import identify_base
from hackmentor.model.load import hash_weights
from hackmentor.pretrained.locate import get_snapshot_commit
from hackmentor.prompts.encode import EncodingReport
from hackmentor.records.dataset_card import read_dataset_card
from hackmentor.records.dataset_folder import locate_dataset


def build_card(
    config: Config,
    folder: CellFolder,
    base: Path,
    report: EncodingReport,
    trained: dict[str, Any],
    figures: dict[str, float],
) -> dict[str, Any]:
    """The provenance of an adapter: base, data, versions, seed and metrics. `trained`: facts of the weights."""
    data = read_dataset_card(locate_dataset(config).card)
    return {
        "cell": config.name,
        "experiment": config.experiment,
        "base": {
            **identify_base(config.untuned, base).to_json(),
            "hub_id": config.checkpoint.hub_id,
            "revision": get_snapshot_commit(base) or config.checkpoint.revision,
            "licence": config.base.licence,
            "quant": config.quant.name,
        },
        "data": {
            "name": config.data.name,
            "sha256": dict(data.files),
            "licences": dict(data.licences),
            "records": report.kept,
            "tokens": report.tokens,
            "trained_tokens": report.trained_tokens,
            "dropped": {reason: len(ids) for reason, ids in report.dropped.items()},
            "dropped_ids": report.dropped,
            "truncated_ids": report.truncated,
            "split_ids": report.split,
            "left_out_exchanges": report.left_out,
            **({"stripped_ids": report.stripped} if report.stripped else {}),
            **({"without_thoughts_ids": report.without_thoughts} if report.without_thoughts else {}),
            "mask": asdict(report.mask) if report.mask else None,
        },
        "adapter": {"sha256": hash_weights(folder.adapter), "files": hash_adapter_files(folder.adapter), **trained},
        "figures": figures,
        "seed": config.seed,
        "data_seed": config.sampling_seed,
        "versions": get_versions(),
    }


def measure_peak_memory_mb(device_type: str) -> float:
    """The most memory that this process held, in MB: of the GPU that it trained on, else of the machine."""
    if device_type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6

"""Who is compared: the cells of a grid that are done, and the untuned base of each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell import base_folder, cell_folder
from hackmentor.config.schema import Config
from hackmentor.files import read_json


@dataclass(frozen=True)
class Contestant:
    """One line of the comparison. `config` is the cell's own, or for an untuned base that of a cell made from it."""

    name: str
    config: Config
    tuned: bool

    @property
    def folder(self) -> Path:
        """Where its answers and figures lie, beside the other contestants of the experiment."""
        return cell_folder(self.config).path.with_name(self.name)

    def made_from(self, data: dict[str, str]) -> str:
        """A hash over all that decides its figures: its weights, the questions, and how it is asked."""
        config = self.config
        decided = {
            "weights": read_json(cell_folder(config).done)["fingerprint"]
            if self.tuned
            else config.checkpoint.model_dump(),
            "base": str(base_folder(config)),
            "templates": config.base.templates,
            "quant": config.quant.name,
            "evaluate": config.evaluate.model_dump(),
            "seed": config.seed,
            "data": data,
        }
        return hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Field:
    """All contestants of an experiment, and the cells that are not there because they are not trained."""

    contestants: list[Contestant]
    missing: list[str]


def gather(configs: list[Config]) -> Field:
    """The contestants of a grid, each base before the cells made from it."""
    done = [config for config in configs if cell_folder(config).is_done(config)]
    missing = [config.name for config in configs if config not in done]
    bases = {(config.untuned, config.quant.name): config for config in done}
    contestants = []
    for (untuned, quant), config in bases.items():
        contestants.append(Contestant(untuned, config, tuned=False))
        contestants += [
            Contestant(cell.name, cell, tuned=True)
            for cell in done
            if (cell.untuned, cell.quant.name) == (untuned, quant)
        ]
    return Field(contestants, missing)


def figures_of(contestant: Contestant) -> dict[str, Any] | None:
    """What was measured for a contestant before, if anything."""
    content: dict[str, Any] | None = read_json(contestant.folder / "held_out.json")
    return content

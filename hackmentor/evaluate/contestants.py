"""Who is compared: the cells of a grid that are done, the untuned base of each, and endpoints named in the request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.cell.folder import cell_folder
from hackmentor.config.schema import Config, ContestantEndpoint
from hackmentor.evaluate.answer_log import AnswerBook
from hackmentor.model.base import base_folder
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json


@dataclass(frozen=True)
class Contestant:
    """A cell or an untuned base. `config` is the cell's own, or for a base that of a cell made from it."""

    name: str
    config: Config
    tuned: bool

    @property
    def folder(self) -> Path:
        """Where its answers and figures lie, beside the other contestants of the experiment."""
        return cell_folder(self.config).path.with_name(self.name)

    @property
    def identity(self) -> str:
        """A hash over all that decides what it says: weights, quantisation, templates."""
        config = self.config
        done = read_json(cell_folder(config).done) if self.tuned else None
        decided = {
            "weights": done["fingerprint"] if done else config.checkpoint.model_dump(),
            "base": str(base_folder(config)),
            "templates": config.base.templates,
            "system_prompt": config.base.system_prompt,
            "quant": config.quant.name,
        }
        return _digest(decided)

    @property
    def book(self) -> AnswerBook:
        """Its answers."""
        return AnswerBook(self.folder, self.name, self.identity)


@dataclass(frozen=True)
class Guest:
    """A contestant behind an endpoint: it answers questions, and that is all that can be measured of it."""

    name: str
    endpoint: ContestantEndpoint
    folder: Path

    @property
    def book(self) -> AnswerBook:
        """Its answers."""
        return AnswerBook(self.folder, self.name, _digest([self.endpoint.base_url, self.endpoint.model]))


@dataclass(frozen=True)
class Field:
    """All contestants of an experiment, and the cells that are not there because they are not trained."""

    contestants: list[Contestant]
    guests: list[Guest]
    missing: list[str]

    @property
    def everyone(self) -> Sequence[Contestant | Guest]:
        """Who answers questions."""
        return [*self.contestants, *self.guests]


def gather(configs: list[Config]) -> Field:
    """The contestants of a grid, each base before the cells made from it, guests last.

    Raises:
        UserError: if a base is nowhere, a cell's folder holds another finished cell, or two have one name.
    """
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
    parent = cell_folder(configs[0]).path.parent
    guests = [Guest(one.name, one, parent / one.name) for one in configs[0].evaluate.endpoints]
    _refuse_namesakes([*missing, *(one.name for one in contestants), *(one.name for one in guests)])
    return Field(contestants, guests, missing)


def _refuse_namesakes(names: Sequence[str]) -> None:
    """Answers lie in a folder of the contestant's name: two of one name would be taken for each other."""
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"two contestants are called {name}; give a guest another name in evaluate.endpoints, or "
                "cells that differ in quant an experiment=NAME of their own"
            )


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

"""What is compared: the finished cells of a grid, the untuned base of each, and endpoints from the configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.cell.base_files import has_own_template
from hackmentor.cell.file_shapes import Done
from hackmentor.cell.fingerprint import hash_template
from hackmentor.cell.folder import get_cell_folder
from hackmentor.cell.shaped_files import read_shaped
from hackmentor.config.schema import BaseCheckpoint, Config, ContestantEndpoint, GeometrySettings
from hackmentor.evaluate.answer_log import AnswerLog
from hackmentor.model.base import find_base_folder
from hackmentor.model.identity import identify_base_weights, refuse_other_weights
from hackmentor.runtime.errors import UserError

# What a geometry held in 0.1.0. It decides no answer, but is part of the hash of every base measured since then: later
# fields stay out of it, so that those measurements stay valid.
_HASHED_GEOMETRY = frozenset(
    ["layers", "hidden", "intermediate", "heads", "kv_heads", "head_dim", "vocab", "tied", "head_norms"]
)


@dataclass(frozen=True)
class Contestant:
    """A cell or an untuned base. `config` is the cell's own; for a base, that of a cell made from it."""

    name: str
    config: Config
    tuned: bool

    @property
    def folder(self) -> Path:
        """The folder of its answers and results, beside those of the experiment's other contestants."""
        return get_cell_folder(self.config).path.with_name(self.name)

    @property
    def identity(self) -> str:
        """A hash of everything that decides its answers: weights, quantisation, templates."""
        config = self.config
        done = read_shaped(get_cell_folder(config).done, Done) if self.tuned else None
        identity_fields = {
            "weights": done["fingerprint"] if done else _dump_checkpoint(config.checkpoint),
            "base": str(find_base_folder(config)),
            "templates": config.base.templates,
            "system_prompt": config.base.system_prompt,
            "quant": config.quant.name,
            **self._get_template_fields(),
        }
        return _hash_json(identity_fields)

    def _get_template_fields(self) -> dict[str, object]:
        """What decides a base's own templates, if it uses them; a cell's is in its fingerprint."""
        base = self.config.base
        own = [shape for shape in base.templates if has_own_template(self.config, shape)]
        if self.tuned or not own:
            return {}
        return {
            "own_templates": {shape: hash_template(self.config, shape) for shape in own},
            "template_arguments": base.template_arguments,
            "template_date": str(base.template_date),
        }

    @property
    def answer_log(self) -> AnswerLog:
        """Its answers so far, read from its folder."""
        return AnswerLog(self.folder, self.name, self.identity)


@dataclass(frozen=True)
class Guest:
    """A contestant behind an endpoint: only its answers can be evaluated, not its loss or its exam."""

    name: str
    endpoint: ContestantEndpoint
    folder: Path

    @property
    def answer_log(self) -> AnswerLog:
        """Its answers so far, read from its folder."""
        return AnswerLog(self.folder, self.name, _hash_json([self.endpoint.base_url, self.endpoint.model]))


@dataclass(frozen=True)
class ContestantSet:
    """All contestants of an experiment, and the names of cells that are left out because they are not trained."""

    contestants: list[Contestant]
    guests: list[Guest]
    untrained: list[str]

    @property
    def all_contestants(self) -> Sequence[Contestant | Guest]:
        """All that answer questions: cells, bases and guests."""
        return [*self.contestants, *self.guests]


def find_contestants(configs: list[Config]) -> ContestantSet:
    """Finds the contestants of a grid: each base before the cells made from it, guests last.

    Raises:
        UserError: if a base can't be found or is another than a cell was trained on, a cell's folder holds another
            finished cell, or two share a name.
    """
    done = [config for config in configs if get_cell_folder(config).is_done(config)]
    for config in done:
        base = identify_base_weights(config.untuned, find_base_folder(config))
        folder = get_cell_folder(config)
        refuse_other_weights(str(folder.path), folder.read_base(), base)
    untrained = [config.name for config in configs if config not in done]
    bases = {(config.untuned, config.quant.name): config for config in done}
    contestants = []
    for (untuned, quant), config in bases.items():
        contestants.append(Contestant(untuned, config, tuned=False))
        contestants += [
            Contestant(cell.name, cell, tuned=True)
            for cell in done
            if (cell.untuned, cell.quant.name) == (untuned, quant)
        ]
    parent = get_cell_folder(configs[0]).path.parent
    guests = [Guest(endpoint.name, endpoint, parent / endpoint.name) for endpoint in configs[0].evaluate.endpoints]
    found = ContestantSet(contestants, guests, untrained)
    _check_names_unique([*untrained, *(contestant.name for contestant in found.all_contestants)])
    return found


def _check_names_unique(names: Sequence[str]) -> None:
    """Answers lie in a folder named after the contestant: two of one name would overwrite each other."""
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"two contestants are called {name}; give a guest another name in evaluate.endpoints, or "
                "cells that differ in quant an experiment_name=NAME of their own"
            )


def _dump_checkpoint(checkpoint: BaseCheckpoint) -> dict[str, object]:
    return checkpoint.model_dump(exclude={"geometry": GeometrySettings.model_fields.keys() - _HASHED_GEOMETRY})


def _hash_json(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

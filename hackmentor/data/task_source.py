"""Tasks as a source of records of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hackmentor.data.curation_log import CurationLog
from hackmentor.data.recipe import DatasetRecipe
from hackmentor.data.sources.catalogue import Origin
from hackmentor.data.task_cases import iter_cases
from hackmentor.records.record import Record
from hackmentor.tasks.case import LICENCE, SOURCE, VERSION, Provenance
from hackmentor.tasks.material import Material
from hackmentor.tasks.task import Task

NOTICE = "Tasks of the HackMentor project, Apache License 2.0; what they quote has the licence of its record."


@dataclass(frozen=True, slots=True)
class TaskSource:
    """The cases of tasks as records. What a case quotes of a catalogue has the licence of its entry."""

    tasks: Sequence[Task[Any]]
    material: Material
    kept_out: frozenset[str] = frozenset()

    @property
    def origin(self) -> Origin:
        """Our own wordings; each record says where its facts are from."""
        return Origin(SOURCE, "", "", VERSION, LICENCE, NOTICE)

    def iter_records(self, recipe: DatasetRecipe, log: CurationLog) -> Iterator[tuple[Record, bool]]:
        """The cases of the recipe's shape; those that are kept out are held out."""
        log.log_dropped_by_source(SOURCE, self.material.left_out)
        for task in self.tasks:
            for held_out in (True, False):
                cases = iter_cases(
                    task,
                    self.material,
                    seed=recipe.seed,
                    eval_fraction=recipe.eval_fraction,
                    held_out=held_out,
                    kept_out=self.kept_out,
                )
                for case in cases:
                    record = case.to_record(task.name, self.material.provenance.get(case.upstream_id, Provenance()))
                    if record.shape == recipe.shape:
                        yield record, held_out
                    else:
                        log.log_dropped(f"{SOURCE}: of shape {record.shape}, not {recipe.shape}", [record.id])

    def iter_split_keys(self, recipe: DatasetRecipe) -> Iterator[str | None]:
        """The split keys of all units."""
        return (unit.split_key for task in self.tasks for unit in task.list_units(self.material))

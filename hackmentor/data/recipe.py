"""The recipe of one dataset: everything that decides its bytes, apart from the code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hackmentor.data.kept_out import hash_exams
from hackmentor.data.refine.quality import Filters
from hackmentor.data.sources import find_source, get_source_name, list_source_files
from hackmentor.records.record import Shape
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import compute_file_sha256
from hackmentor.tasks.case import SOURCE as TASKS_SOURCE
from hackmentor.tasks.registry import find_tasks
from hackmentor.tasks.task import Task

UNSTATED_LICENCE = "unstated"
MOST_SAFETY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecipe:
    """How to build one dataset.

    `sources` are names of registered sources or paths of your own files and folders; `licence` is that of your own
    (None: unstated). `eval_fraction` is the share (0 to 1) of upstream entries held out; `max_train` and `max_eval`
    limit the number of records (None: no limit). `against` names files of your own evaluation, in any shape that
    `import_records` takes: no training record may repeat what they ask. With `skip_bad` an item of your own files that
    is no record is counted instead of refused. `filters` says which filters ready-made records go through: see
    `RecordFilter`. `weights` says how often the records of a source stand in the training file, relative to the source
    with the least (1 if not named), by its name or its path as in `sources`; `safety` is the least share (0 to 0.5) of
    refusals and their kin among them (0: none; None: as they come). `keep_out` names exams, NAME:PATH,
    whose entries are held out and whose items no training record may hold. `tasks` names tasks whose records are added.
    Raises UserError for a value that is out of range.
    """

    name: str
    shape: Shape
    sources: Sequence[str]
    seed: int
    eval_fraction: float
    max_train: int | None = None
    max_eval: int | None = None
    against: Sequence[str] = ()
    licence: str | None = None
    skip_bad: bool = False
    filters: Filters = "composed"
    weights: Mapping[str, int] = field(default_factory=dict)
    safety: float | None = None
    keep_out: Sequence[str] = ()
    tasks: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not 0 < self.eval_fraction < 1:
            raise UserError(f"eval_fraction must be between 0 and 1, not {self.eval_fraction}")
        if self.shape not in ("iio", "turn"):
            raise UserError(f"shape must be iio or turn, not {self.shape!r}")
        if self.safety is not None and not 0 <= self.safety <= MOST_SAFETY:
            raise UserError(f"data.safety must be between 0 and {MOST_SAFETY}, not {self.safety}")

    @property
    def distinct_sources(self) -> list[str]:
        """The sources in order, without repetitions."""
        return list(dict.fromkeys(self.sources))

    @property
    def distinct_tasks(self) -> list[Task[Any]]:
        """The tasks in the order of tables, without repetitions. Raises UserError for one that isn't known."""
        return find_tasks(self.tasks, "data.tasks")

    @property
    def package_sources(self) -> list[str]:
        """The sources, and the registered ones that tasks are made of."""
        needed = sorted({name for task in self.distinct_tasks for name in task.sources})
        return list(dict.fromkeys([*self.sources, *needed]))

    def name_weights(self) -> dict[str, int]:
        """The weights by the names that sources have in records. Raises UserError for a source that isn't known."""
        named: dict[str, int] = {}
        for source, weight in self.weights.items():
            known = {*self.sources, *map(get_source_name, self.distinct_sources)} | (
                {TASKS_SOURCE} if self.tasks else set()
            )
            if source not in known:
                try:
                    find_source(source)
                except UserError as error:
                    raise UserError(f"data.weights: {error}") from error
            named[get_source_name(source) if source in self.sources else source] = weight
        return named

    def fingerprint_fields(self) -> dict[str, object]:
        """The fields of the fingerprint; a file counts by name and content. Raises UserError if a file is missing."""
        return {
            "name": self.name,
            "shape": self.shape,
            "sources": [
                [get_source_name(source), _hash_files(list_source_files(source))] for source in self.distinct_sources
            ],
            "seed": self.seed,
            "eval_fraction": self.eval_fraction,
            "max_train": self.max_train,
            "max_eval": self.max_eval,
            "against": _hash_files({path: _require_file(path) for path in self.against}),
            "licence": self.licence,
            "skip_bad": self.skip_bad,
            "filters": self.filters,
            "weights": self.name_weights(),
            "safety": self.safety,
            # A data set without it keeps the fingerprint that it had in earlier versions.
            **({"keep_out": hash_exams(self.keep_out)} if self.keep_out else {}),
            **({"tasks": [task.name for task in self.distinct_tasks]} if self.tasks else {}),
        }


def _hash_files(files: dict[str, Path]) -> dict[str, str]:
    return {name: compute_file_sha256(path) for name, path in files.items()}


def _require_file(path: str) -> Path:
    if not Path(path).is_file():
        raise UserError(f"data.against={path}: there is no such file")
    return Path(path)

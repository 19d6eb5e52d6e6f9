"""What one data set is made of: everything that decides its bytes, apart from the code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.data.sources import source_files, source_name
from hackmentor.records.record import Shape
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import file_sha256

UNSTATED = "unstated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to build one data set.

    `sources` are names of registered sources or paths of your own files and folders; `licence` is that of your own
    (None: unstated). `eval_fraction` is the share (0 to 1) of upstream entries held out; `max_train` and `max_eval`
    limit the number of records (None: no limit). `against` names files of your own evaluation, in any shape that
    `read_foreign` takes: no training record may repeat what they ask. With `skip_bad` an item of your own files that
    is no record is counted instead of refused. Raises UserError for a value that is out of range.
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

    def __post_init__(self) -> None:
        if not 0 < self.eval_fraction < 1:
            raise UserError(f"eval_fraction must be between 0 and 1, not {self.eval_fraction}")
        if self.shape not in ("iio", "turn"):
            raise UserError(f"shape must be iio or turn, not {self.shape!r}")

    @property
    def distinct_sources(self) -> list[str]:
        """The sources in their order, each once."""
        return list(dict.fromkeys(self.sources))

    def facts(self) -> dict[str, object]:
        """What a fingerprint is made from: of a file its name and content. Raises UserError if one is missing."""
        return {
            "name": self.name,
            "shape": self.shape,
            "sources": [[source_name(source), _digests(source_files(source))] for source in self.distinct_sources],
            "seed": self.seed,
            "eval_fraction": self.eval_fraction,
            "max_train": self.max_train,
            "max_eval": self.max_eval,
            "against": _digests({path: _existing(path) for path in self.against}),
            "licence": self.licence,
            "skip_bad": self.skip_bad,
        }


def _digests(files: dict[str, Path]) -> dict[str, str]:
    return {name: file_sha256(path) for name, path in files.items()}


def _existing(path: str) -> Path:
    if not Path(path).is_file():
        raise UserError(f"data.against={path}: there is no such file")
    return Path(path)

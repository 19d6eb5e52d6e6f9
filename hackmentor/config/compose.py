"""Compose a command's configuration with Hydra: one cell, or every cell of a grid, all checked before any runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ValidationError

from hackmentor.config.explain import explain_composition, explain_validation
from hackmentor.config.mode import is_multirun, is_search
from hackmentor.config.rules import conflicts
from hackmentor.config.schema import Config, Section
from hackmentor.config.search_path import search_path
from hackmentor.config.secrets import secrets_in
from hackmentor.config.space import corners, last_word, searched, trial_name
from hackmentor.errors import UserError

Settings = TypeVar("Settings", bound=Section)

# Here `experiment` says whose files are meant, and no grid is composed.
_NO_GRIDS = ("sync",)


@dataclass(frozen=True)
class Request:
    """What was typed: `hackmentor VERB [--multirun] [--config-dir DIR] OVERRIDE...`."""

    verb: str
    overrides: tuple[str, ...] = ()
    multirun: bool = False
    config_dir: Path | None = None


@dataclass(frozen=True)
class Cell:
    """One cell as planned: its checked configuration, and the overrides that make it."""

    config: Config
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """The cells that a request asks for; `swept` is false where it asks for one cell by name."""

    cells: tuple[Cell, ...]
    swept: bool


@contextmanager
def opened(request: Request) -> Iterator[Hydra]:
    """A Hydra that knows our configuration folders; its errors come out as `UserError`."""
    if request.config_dir is not None and not request.config_dir.is_dir():
        raise UserError(f"--config-dir {request.config_dir}: there is no such folder")
    GlobalHydra.instance().clear()
    path = search_path(request.config_dir, grids=request.verb not in _NO_GRIDS)
    hydra = Hydra.create_main_hydra2(request.verb, path)
    try:
        yield hydra
    finally:
        GlobalHydra.instance().clear()


def compose_grid(hydra: Hydra, request: Request) -> Grid:
    """Composes and checks every cell of a request.

    Raises:
        UserError: for the first of: an override or option that does not exist, values of the wrong type or range,
            settings that cannot go together, two cells of one name.
    """
    overrides = list(request.overrides)
    try:
        root = hydra.config_loader.load_configuration(
            request.verb, overrides, RunMode.MULTIRUN, validate_sweep_overrides=False
        )
        swept = request.multirun or is_multirun(root)
        jobs = _expand(hydra, root, overrides) if swept else [overrides]
        cells = tuple(_compose_cell(hydra, request.verb, job) for job in jobs)
    except (HydraException, OmegaConfBaseException) as error:
        raise explain_composition(error, hydra, request.verb, overrides) from error
    if not is_search(root):  # whose trials get names of their own
        _refuse_shared_names(cells)
    return Grid(cells, swept)


def compose_one(hydra: Hydra, request: Request, model: type[Settings]) -> Settings:
    """Composes and checks the configuration of a command that has no cells to sweep over.

    Raises:
        UserError: as `compose_grid`; or for -m, or a key that needs a value and has none.
    """
    overrides = list(request.overrides)
    if request.multirun:
        raise UserError("-m: this command does one thing at a time; it has no cells to sweep over")
    try:
        composed = hydra.config_loader.load_configuration(request.verb, overrides, RunMode.RUN)
        if missing := sorted(OmegaConf.missing_keys(_ours(composed))):
            raise UserError("\n".join(f"{key}: needs a value; write {key}=..." for key in missing))
        return _validated(composed, model)
    except (HydraException, OmegaConfBaseException) as error:
        raise explain_composition(error, hydra, request.verb, overrides) from error


def _expand(hydra: Hydra, root: DictConfig, overrides: Sequence[str]) -> list[list[str]]:
    """The overrides of each cell: the experiment's sweep, narrowed or widened by what was typed after it."""
    params: dict[str, Any] = OmegaConf.to_container(root.hydra.sweeper.get("params") or OmegaConf.create())  # type: ignore[assignment]
    swept = [f"{key}={value}" for key, value in params.items()]
    task = [line for line in overrides if not _concerns_hydra(line)]
    parsed = OverridesParser.create(config_loader=hydra.config_loader).parse_overrides(swept + task)
    if is_search(root):
        return [_named(hydra, root, job, searched(parsed)) for job in corners(last_word(parsed))]
    return BasicSweeper.split_arguments(parsed, None)[0]


def _named(hydra: Hydra, root: DictConfig, job: list[str], keys: Sequence[str]) -> list[str]:
    """A corner of a search under the name that a trial of its values would get."""
    if any(line.startswith("name=") for line in job):
        return job
    verb = str(root.hydra.job.config_name)
    name = str(hydra.config_loader.load_configuration(verb, job, RunMode.RUN).name)
    values = [(key, value) for key, _, value in (line.partition("=") for line in job) if key in keys]
    return [*job, f"name={trial_name(name, values)}"]


def _concerns_hydra(line: str) -> bool:
    return line.lstrip("+~").startswith(("hydra.", "hydra/"))


def _compose_cell(hydra: Hydra, verb: str, overrides: Sequence[str]) -> Cell:
    composed = hydra.config_loader.load_configuration(verb, list(overrides), RunMode.RUN)
    return Cell(checked(composed), tuple(overrides))


def checked(composed: DictConfig) -> Config:
    """The typed configuration behind a composed one.

    Raises:
        UserError: naming every key that is unknown, of the wrong type or out of range, and every conflict.
    """
    return _validated(composed, Config)


def _validated(composed: DictConfig, model: type[Settings]) -> Settings:
    return validated(OmegaConf.to_container(_ours(composed), resolve=True, throw_on_missing=True), model)


def validated(plain: object, model: type[Settings]) -> Settings:
    """The typed configuration behind a plain one. Raises UserError as `checked`."""
    if found := list(secrets_in(plain)):
        raise UserError("\n".join(found))
    try:
        settings = model.model_validate(plain, strict=False)
    except ValidationError as error:
        raise explain_validation(error) from error
    if isinstance(settings, Config) and (found := list(conflicts(settings))):
        raise UserError("\n".join(found))
    return settings


def _ours(composed: DictConfig) -> DictConfig:
    return OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])


def _refuse_shared_names(cells: Sequence[Cell]) -> None:
    first: dict[str, Cell] = {}
    for cell in cells:
        other = first.setdefault(cell.config.name, cell)
        if other is not cell:
            differs = " ".join(sorted(set(other.overrides) ^ set(cell.overrides)))
            raise UserError(
                f"two cells would share the name {cell.config.name} ({differs}); put the swept key into the name, "
                f"for instance name='${{base.name}}-${{size.name}}-${{method.name}}-${{data.name}}-lr${{optimizer.lr}}'"
            )

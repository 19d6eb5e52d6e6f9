"""Compose a command's configuration with Hydra: one cell, or every cell of a grid, all checked before any runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra._internal.hydra import Hydra
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hackmentor.config.cached_composer import Composer, without_hydra
from hackmentor.config.error_messages import explain_composition
from hackmentor.config.hydra_internals import QuietHydra
from hackmentor.config.mode import is_local, is_multirun, is_search
from hackmentor.config.nodes import missing_nodes
from hackmentor.config.rules import conflicts
from hackmentor.config.schema import Config
from hackmentor.config.search_path import search_path
from hackmentor.config.sweep import expand
from hackmentor.config.validate import Settings, checked, plain, typed, validated
from hackmentor.runtime.errors import UserError

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
    """One cell as planned: its checked configuration, and the overrides that make it, its name included."""

    config: Config
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Impossible:
    """A cell of a grid whose settings cannot go together, and why, in sentences."""

    config: Config
    overrides: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Grid:
    """The cells that a request asks for; `swept` is false where it asks for one cell by name.

    Those of a `search` stand for all that it may try.
    """

    cells: tuple[Cell, ...]
    swept: bool
    impossible: tuple[Impossible, ...] = ()
    search: bool = False


@contextmanager
def opened(request: Request) -> Iterator[Hydra]:
    """A Hydra that knows our configuration folders; its errors come out as `UserError`."""
    if request.config_dir is not None and not request.config_dir.is_dir():
        raise UserError(f"--config-dir {request.config_dir}: there is no such folder")
    GlobalHydra.instance().clear()
    path = search_path(request.config_dir, grids=request.verb not in _NO_GRIDS)
    hydra = QuietHydra.create_main_hydra2(request.verb, path)
    try:
        yield hydra
    finally:
        GlobalHydra.instance().clear()


def compose_grid(hydra: Hydra, request: Request) -> Grid:
    """Composes and checks every cell that the request asks for.

    Raises:
        UserError: if a key, option, type or range is wrong, two cells would share a folder, or none is possible.
    """
    return grid_of(hydra.config_loader, request)


def grid_of(loader: ConfigLoader, request: Request) -> Grid:
    """As `compose_grid`, for who has Hydra's loader alone."""
    overrides = list(request.overrides)
    try:
        root = _root(loader, request)
        if not _is_swept(root, request):
            composed = Composer(loader, request.verb).compose(overrides)
            cell = Cell(checked(composed), request.overrides)
            if why := _nodes_missing(cell.config, request, root):
                raise UserError("\n".join(why))
            return Grid((cell,), swept=False)
        grid = _swept(loader, request, root)
    except (HydraException, OmegaConfBaseException) as error:
        raise explain_composition(error, loader, request.verb, overrides) from error
    _refuse_shared_folders(grid.cells)
    return grid


def compose_cells(hydra: Hydra, verb: str, jobs: Sequence[Sequence[str]]) -> list[Cell]:
    """The cells that these overrides make, names included, one a job. Raises UserError as `compose_grid`."""
    composer, cells = Composer(hydra.config_loader, verb), []
    for overrides in jobs:
        try:
            cells.append(Cell(checked(composer.compose(overrides)), tuple(overrides)))
        except (HydraException, OmegaConfBaseException) as error:
            raise explain_composition(error, hydra.config_loader, verb, list(overrides)) from error
    return cells


def is_swept(hydra: Hydra, request: Request) -> bool:
    """Whether a request asks for a grid rather than for one cell by name. Raises UserError if it is wrong."""
    try:
        return _is_swept(_root(hydra.config_loader, request), request)
    except (HydraException, OmegaConfBaseException) as error:
        raise explain_composition(error, hydra.config_loader, request.verb, list(request.overrides)) from error


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
        if missing := sorted(OmegaConf.missing_keys(without_hydra(composed))):
            raise UserError("\n".join(f"{key}: needs a value; write {key}=..." for key in missing))
        return validated(plain(composed), model)
    except (HydraException, OmegaConfBaseException) as error:
        raise explain_composition(error, hydra.config_loader, request.verb, overrides) from error


def _root(loader: ConfigLoader, request: Request) -> DictConfig:
    overrides = list(request.overrides)
    return loader.load_configuration(request.verb, overrides, RunMode.MULTIRUN, validate_sweep_overrides=False)


def _is_swept(root: DictConfig, request: Request) -> bool:
    return request.multirun or is_multirun(root)


def _swept(loader: ConfigLoader, request: Request, root: DictConfig) -> Grid:
    params: dict[str, Any] = OmegaConf.to_container(root.hydra.sweeper.get("params") or OmegaConf.create())  # type: ignore[assignment]
    composer = Composer(loader, request.verb)
    sweep = expand(loader, composer, params, request.overrides, search=is_search(root))
    cells: list[Cell] = []
    impossible: list[Impossible] = []
    for overrides in sweep.jobs:
        composed = composer.compose(overrides)
        overrides = sweep.named(overrides, composed)
        config = typed(plain(composed), Config)
        if why := [*conflicts(config), *_nodes_missing(config, request, root)]:
            impossible.append(Impossible(config, tuple(overrides), "; ".join(why)))
        else:
            cells.append(Cell(config, tuple(overrides)))
    if not cells:
        reasons = "\n".join(f"{one.config.name}: {one.why}" for one in impossible)
        raise UserError(f"no cell of this grid is possible\n{reasons}")
    return Grid(tuple(cells), swept=True, impossible=tuple(impossible), search=is_search(root))


def _nodes_missing(config: Config, request: Request, root: DictConfig) -> list[str]:
    swept = _is_swept(root, request)
    if request.verb != "train" or (swept and not is_local(root)):
        return []
    return list(missing_nodes(config, os.environ, in_a_grid=swept))


def _refuse_shared_folders(cells: Sequence[Cell]) -> None:
    first: dict[tuple[str, ...], Cell] = {}
    for cell in cells:
        config = cell.config
        other = first.setdefault((config.paths.outputs, config.experiment, config.name), cell)
        if other is not cell:
            differs = " ".join(sorted(set(other.overrides) ^ set(cell.overrides)))
            raise UserError(
                f"two cells would share the name {config.name}"
                + (f" ({differs}); put what differs into the name, name=..." if differs else "; ask for it once")
            )

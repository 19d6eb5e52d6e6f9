"""Composes a command's configuration with Hydra: one cell, or every cell of a grid, validated before any runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from hackmentor.config.cached_composer import CachedComposer, remove_hydra_section
from hackmentor.config.error_messages import COMPOSITION_ERRORS, explain_composition_error, reject_values_without_option
from hackmentor.config.hydra_internals import Hydra, QuietHydra, create_hydra
from hackmentor.config.mode import is_launched_locally, is_multirun, is_search
from hackmentor.config.nodes import explain_missing_nodes
from hackmentor.config.resolvers import register_resolvers
from hackmentor.config.rules import find_conflicts
from hackmentor.config.schema import Config
from hackmentor.config.search_path import build_search_path
from hackmentor.config.sweep import expand_sweep
from hackmentor.config.validate import (
    Settings,
    convert_to_plain,
    expand_home_folders,
    parse_settings,
    validate_config,
    validate_settings,
)
from hackmentor.runtime.errors import UserError

# For these `experiment` names existing files, and no grid is composed.
_VERBS_WITHOUT_GRIDS = ("sync",)


@dataclass(frozen=True)
class CommandRequest:
    """A parsed command line: `hackmentor VERB [--multirun] [--config-dir DIR] OVERRIDE...`."""

    verb: str
    overrides: tuple[str, ...] = ()
    multirun: bool = False
    config_dir: Path | None = None

    def __post_init__(self) -> None:
        """Chooses base=auto and size=auto for `model=...`, unless the request chooses others."""
        keys = {line.partition("=")[0] for line in self.overrides}
        if "model" in keys:
            chosen = [f"{group}=auto" for group in ("base", "size") if group not in keys]
            object.__setattr__(self, "overrides", (*chosen, *self.overrides))


@dataclass(frozen=True)
class ComposedCell:
    """The validated configuration of one cell, and the overrides that compose it, its name included."""

    config: Config
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class ImpossibleCell:
    """A cell of a grid whose settings contradict each other, and the reason as text."""

    config: Config
    overrides: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Grid:
    """The cells of a request; `is_sweep` is false where it asks for a single cell.

    With `is_search` the cells represent the search space: a search chooses its cells as it goes.
    """

    cells: tuple[ComposedCell, ...]
    is_sweep: bool
    impossible: tuple[ImpossibleCell, ...] = ()
    is_search: bool = False


@contextmanager
def hydra_initialized(request: CommandRequest) -> Iterator[QuietHydra]:
    """Yields a Hydra with our search path, registered as the global one inside the block.

    Raises:
        UserError: if the folder of --config-dir is missing, or a group is given something that is no option.
    """
    if request.config_dir is not None and not request.config_dir.is_dir():
        raise UserError(f"--config-dir {request.config_dir}: there is no such folder")
    GlobalHydra.instance().clear()
    register_resolvers(request.config_dir)
    path = build_search_path(request.config_dir, with_experiments=request.verb not in _VERBS_WITHOUT_GRIDS)
    hydra = create_hydra(request.verb, path)
    try:
        reject_values_without_option(hydra.config_loader, request.overrides)
        yield hydra
    finally:
        GlobalHydra.instance().clear()


def compose_grid(hydra: Hydra, request: CommandRequest) -> Grid:
    """Composes and validates every cell that the request asks for.

    Raises:
        UserError: if a key, option, type or range is wrong, two cells would share a folder, or none is possible.
    """
    return compose_grid_with_loader(hydra.config_loader, request)


def compose_grid_with_loader(loader: ConfigLoader, request: CommandRequest) -> Grid:
    """As `compose_grid`, for callers that have Hydra's loader only, as its plugins do."""
    overrides = list(request.overrides)
    try:
        root = _load_root_config(loader, request)
        if not _is_sweep(root, request):
            composed = CachedComposer(loader, request.verb).compose(overrides)
            cell = ComposedCell(validate_config(composed), request.overrides)
            if problems := _list_missing_nodes(cell.config, request, root):
                raise UserError("\n".join(problems))
            return Grid((cell,), is_sweep=False)
        grid = _compose_sweep(loader, request, root)
    except COMPOSITION_ERRORS as error:
        raise explain_composition_error(error, loader, request.verb, overrides) from error
    _check_folders_distinct(grid.cells)
    return grid


def compose_job(hydra: QuietHydra, request: CommandRequest) -> tuple[DictConfig, Config]:
    """Composes and validates the single cell of a request, with the section `hydra` that running it as a job needs.

    Raises:
        UserError: as `compose_grid`.
    """
    overrides = list(request.overrides)
    try:
        composed = hydra.compose_config(request.verb, overrides, run_mode=RunMode.RUN, with_log_configuration=True)
    except COMPOSITION_ERRORS as error:
        raise explain_composition_error(error, hydra.config_loader, request.verb, overrides) from error
    composed.hydra.mode = RunMode.RUN
    expand_home_folders(composed)
    config = validate_config(remove_hydra_section(composed))
    if problems := list(explain_missing_nodes(config, os.environ, is_grid_cell=False)):
        raise UserError("\n".join(problems))
    return composed, config


def compose_cells(hydra: Hydra, verb: str, jobs: Sequence[Sequence[str]]) -> list[ComposedCell]:
    """Composes one cell per job from its overrides, name included. Raises UserError as `compose_grid`."""
    composer, cells = CachedComposer(hydra.config_loader, verb), []
    for overrides in jobs:
        try:
            cells.append(ComposedCell(validate_config(composer.compose(overrides)), tuple(overrides)))
        except COMPOSITION_ERRORS as error:
            raise explain_composition_error(error, hydra.config_loader, verb, list(overrides)) from error
    return cells


def is_sweep_request(hydra: Hydra, request: CommandRequest) -> bool:
    """Whether a request asks for a grid rather than for a single cell. Raises UserError if it can't be composed."""
    try:
        return _is_sweep(_load_root_config(hydra.config_loader, request), request)
    except COMPOSITION_ERRORS as error:
        raise explain_composition_error(error, hydra.config_loader, request.verb, list(request.overrides)) from error


def compose_settings(hydra: Hydra, request: CommandRequest, model: type[Settings]) -> Settings:
    """Composes and validates the configuration of a command that has no cells to sweep over.

    Raises:
        UserError: as `compose_grid`; or for -m, or if a required key has no value.
    """
    overrides = list(request.overrides)
    if request.multirun:
        raise UserError("-m: this command has no cells to sweep over; run it once for each")
    try:
        composed = hydra.config_loader.load_configuration(request.verb, overrides, RunMode.RUN)
        if missing := sorted(OmegaConf.missing_keys(remove_hydra_section(composed))):
            raise UserError("\n".join(f"{key}: needs a value; write {key}=..." for key in missing))
        return validate_settings(convert_to_plain(composed), model)
    except COMPOSITION_ERRORS as error:
        raise explain_composition_error(error, hydra.config_loader, request.verb, overrides) from error


def _load_root_config(loader: ConfigLoader, request: CommandRequest) -> DictConfig:
    overrides = list(request.overrides)
    return loader.load_configuration(request.verb, overrides, RunMode.MULTIRUN, validate_sweep_overrides=False)


def _is_sweep(root: DictConfig, request: CommandRequest) -> bool:
    return request.multirun or is_multirun(root)


def _compose_sweep(loader: ConfigLoader, request: CommandRequest, root: DictConfig) -> Grid:
    params: dict[str, Any] = OmegaConf.to_container(root.hydra.sweeper.get("params") or OmegaConf.create())  # type: ignore[assignment]
    composer = CachedComposer(loader, request.verb)
    sweep = expand_sweep(loader, composer, params, request.overrides, is_search=is_search(root))
    cells: list[ComposedCell] = []
    impossible: list[ImpossibleCell] = []
    for overrides in sweep.jobs:
        composed = composer.compose(overrides)
        overrides = sweep.add_cell_name(overrides, composed)
        config = parse_settings(convert_to_plain(composed), Config)
        if problems := [*find_conflicts(config), *_list_missing_nodes(config, request, root)]:
            impossible.append(ImpossibleCell(config, tuple(overrides), "; ".join(problems)))
        else:
            cells.append(ComposedCell(config, tuple(overrides)))
    if not cells:
        reasons = "\n".join(f"{cell.config.name}: {cell.reason}" for cell in impossible)
        raise UserError(f"no cell of this grid is possible\n{reasons}")
    return Grid(tuple(cells), is_sweep=True, impossible=tuple(impossible), is_search=is_search(root))


def _list_missing_nodes(config: Config, request: CommandRequest, root: DictConfig) -> list[str]:
    is_sweep = _is_sweep(root, request)
    if request.verb != "train" or (is_sweep and not is_launched_locally(root)):
        return []
    return list(explain_missing_nodes(config, os.environ, is_grid_cell=is_sweep))


def _check_folders_distinct(cells: Sequence[ComposedCell]) -> None:
    first: dict[tuple[str, ...], ComposedCell] = {}
    for cell in cells:
        config = cell.config
        other = first.setdefault((config.paths.outputs, config.experiment, config.name), cell)
        if other is not cell:
            differs = " ".join(sorted(set(other.overrides) ^ set(cell.overrides)))
            raise UserError(
                f"two cells would share the name {config.name}"
                + (f" ({differs}); put what differs into the name, name=..." if differs else "; ask for it once")
            )

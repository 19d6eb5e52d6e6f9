"""Resolves the model to chat with: from a name, or overrides such as base=... adapter=..., to a configuration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra.core.object_type import ObjectType

from hackmentor.cell.find import find_adapter, list_adapters
from hackmentor.cell.foreign_base import check_foreign_base
from hackmentor.config.command_line import format_override
from hackmentor.config.compose import CommandRequest, compose_settings, hydra_initialized
from hackmentor.config.hydra_internals import Hydra
from hackmentor.config.schema import ChatConfig
from hackmentor.config.validate import validate_settings
from hackmentor.runtime.bounded_yaml import read_yaml
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import escape_control_characters

# Sections taken from a cell's own config.yaml; the others come from the command.
_CELL_SECTIONS = ("name", "experiment", "base", "size", "method", "data", "quant")
# Keys that a name determines; the name of a cell determines its data too.
_KEYS_IN_NAME = ("name", "model", "base", "size", "method")
TRUST_KEY, PATH_KEY = "base.trust_remote_code", "base.path"
# Keys that determine the first model.
_FIRST_MODEL_KEYS = (*_KEYS_IN_NAME, "data", "experiment", "experiment_name", "adapter", "compare")


@dataclass(frozen=True)
class ResolvedModel:
    """A model to chat with; without an adapter it is the untuned base of the configuration."""

    name: str
    config: ChatConfig
    adapter: Path | None


def resolve_model(request: CommandRequest, name: str | None) -> ResolvedModel:
    """Resolves a name, or without one the overrides of the request.

    A name is looked up, never parsed: base, size and method are those of its config.yaml, or the options whose joined
    names are equal to the name.

    Raises:
        UserError: if the name is unknown or ambiguous, or an override contradicts it; or as `compose_settings`.
    """
    if name is not None:
        _reject_repeated_keys(_get_keys(request), _KEYS_IN_NAME, name)
    with hydra_initialized(request) as hydra:
        requested = compose_settings(hydra, request, ChatConfig)
        if name is None and requested.adapter is not None:
            return _resolve_adapter_folder(requested, requested.adapter)
        return _resolve_name(hydra, request, requested, name)


def resolve_comparison_model(request: CommandRequest, first: ResolvedModel, name: str) -> ResolvedModel:
    """Resolves a second model by name, ignoring the overrides of the request that describe the first.

    Raises:
        UserError: as `resolve_model`; or if both have the same name.
    """
    config = first.config
    if name == config.untuned and first.adapter is not None:  # the first model without its adapter
        return ResolvedModel(name, config, None)
    overrides = tuple(text for text in request.overrides if _get_key(text).split(".")[0] not in _FIRST_MODEL_KEYS)
    found = resolve_model(replace(request, overrides=overrides), name)
    if found.name == first.name:
        raise UserError(f"both models are called {first.name}; compare it with another one")
    if found.config.untuned == config.untuned:
        shared = {"base": config.base, "quant": config.quant}
        return replace(found, config=found.config.model_copy(update=shared))
    return found


def _resolve_name(hydra: Hydra, request: CommandRequest, requested: ChatConfig, name: str | None) -> ResolvedModel:
    keys, wanted_name = _get_keys(request), name or requested.name
    experiment = requested.experiment if {"experiment", "experiment_name"} & set(keys) else None
    found = find_adapter(wanted_name, experiment, Path(requested.paths.outputs), Path(requested.paths.models))
    if found is None:
        return _resolve_untuned(hydra, request, requested, name)
    if requested.adapter is not None:
        raise UserError(f"{found} has its own adapter; leave adapter= out, or name its base")
    if name is not None:
        _reject_repeated_keys(keys, ("data",), found.name)
    if found.config.is_file():
        return ResolvedModel(found.name, _load_cell_config(requested, keys, found.config), found.adapter)
    for name_overrides in _match_options(hydra, ("base", "size", "method", "data"), found.name):
        # The overrides of the request come after those of the name.
        config = requested if name is None else _compose(hydra, request, name_overrides)
        return ResolvedModel(found.name, config, found.adapter)
    raise UserError(
        f"{found}: neither a config.yaml nor the options of base, size, method and data say what {found.name} is; "
        f"write hackmentor chat base=... size=... {format_override('adapter', str(found.adapter))}"
    )


def _resolve_untuned(hydra: Hydra, request: CommandRequest, requested: ChatConfig, name: str | None) -> ResolvedModel:
    """The untuned base of this name, with adapter= if it is set; its template is the one for dialogues by default."""
    if name is None and requested.model is not None:  # no cell of it is trained
        return ResolvedModel(requested.untuned, requested, None)
    for name_overrides in _match_options(hydra, ("base", "size"), name or ""):
        config = _compose(hydra, request, [*name_overrides, *([] if "data" in _get_keys(request) else ["data=turn"])])
        return (
            ResolvedModel(config.untuned, config, None)
            if requested.adapter is None
            else _resolve_adapter_folder(config, requested.adapter)
        )
    adapters = list_adapters(Path(requested.paths.outputs), Path(requested.paths.models))
    bases = ["-".join(options) for options in itertools.product(*_list_options(hydra, ("base", "size")))]
    wanted_name, names = name or requested.name, list(dict.fromkeys(adapter.name for adapter in adapters))
    close = get_close_matches(wanted_name, [*names, *bases], n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Trained cells: {', '.join(names) or 'none yet'}."
    raise UserError(
        f"there is no {escape_control_characters(wanted_name)}, neither in {requested.paths.outputs} nor in "
        f"{requested.paths.models}/lora_models. {hint} An untuned base has a name like llama-13b; a cell is trained by "
        "`hackmentor train`"
    )


def _resolve_adapter_folder(config: ChatConfig, adapter: str) -> ResolvedModel:
    folder = Path(adapter)
    if not folder.is_dir():
        raise UserError(f"adapter={escape_control_characters(adapter)}: there is no such folder")
    if not (folder / "adapter_config.json").is_file():
        raise UserError(
            f"adapter={escape_control_characters(adapter)}: it has no adapter_config.json, so it is not an adapter"
        )
    resolved = folder.resolve()
    return ResolvedModel(resolved.parent.name if resolved.name == "adapter" else resolved.name, config, folder)


def _compose(hydra: Hydra, request: CommandRequest, overrides: list[str]) -> ChatConfig:
    return compose_settings(hydra, replace(request, overrides=(*overrides, *request.overrides)), ChatConfig)


def _list_options(hydra: Hydra, groups: tuple[str, ...]) -> list[list[str]]:
    return [hydra.config_loader.get_group_options(group, ObjectType.CONFIG) for group in groups]


def _match_options(hydra: Hydra, groups: tuple[str, ...], name: str) -> Iterator[list[str]]:
    """Yields the overrides for each choice of options whose joined names are equal to `name`."""
    for options in itertools.product(*_list_options(hydra, groups)):
        if "-".join(options) == name:
            yield [f"{group}={option}" for group, option in zip(groups, options, strict=True)]


def _get_keys(request: CommandRequest) -> list[str]:
    return [_get_key(override) for override in request.overrides]


def _get_key(override: str) -> str:
    return override.lstrip("+~").partition("=")[0]


def _reject_repeated_keys(keys: list[str], keys_in_name: tuple[str, ...], name: str) -> None:
    if repeated := [key for key in keys if key in keys_in_name]:
        raise UserError(
            f"{escape_control_characters(name)} already determines its {repeated[0]}; "
            f"leave {repeated[0]}= out, or the name"
        )


def _load_cell_config(requested: ChatConfig, keys: list[str], file: Path) -> ChatConfig:
    """The configuration of a finished cell, with the request's overrides, such as base.path=... or quant=none."""
    merged = requested.model_dump(mode="json")
    try:
        saved = read_yaml(file)
        sections = {section: saved[section] for section in _CELL_SECTIONS}
        check_foreign_base(
            file.parent,
            sections["base"],
            trust_key=None if TRUST_KEY in keys else TRUST_KEY,
            path_key=None if PATH_KEY in keys else PATH_KEY,
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise UserError(f"{file}: not the configuration of a cell ({type(error).__name__}: {error})") from error
    for key in keys:
        section, *path = key.split(".")
        if section in sections and section not in ("name", "experiment"):
            _copy_value(sections, merged, [section, *path])
    try:
        return validate_settings({**merged, **sections}, ChatConfig)
    except UserError as error:
        raise UserError(f"{file}: {error}") from error


def _copy_value(target: Any, source: Any, path: list[str]) -> None:  # noqa: ANN401 - two trees of plain values
    for key in path[:-1]:
        target, source = target[key], source[key]
    target[path[-1]] = source[path[-1]]

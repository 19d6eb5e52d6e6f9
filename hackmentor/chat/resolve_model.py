"""Who is talked to: from a name, or from words such as base=... adapter=..., to a checked configuration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from hydra._internal.hydra import Hydra
from hydra.core.object_type import ObjectType

from hackmentor.cell.find import everything, find
from hackmentor.config.compose import Request, compose_one, opened
from hackmentor.config.schema import ChatConfig
from hackmentor.config.validate import validated
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import inert

# What a cell's own config.yaml says of it; the rest is said by the command.
_OF_THE_CELL = ("name", "experiment", "base", "size", "method", "data", "quant")
# What a name says already; a cell's says its data too, and a base has none of its own.
_NAMED = ("name", "base", "size", "method")
# Words that say who the first is.
_OF_THE_FIRST = (*_NAMED, "data", "experiment", "adapter", "compare")


@dataclass(frozen=True)
class Participant:
    """Someone to talk to; without an adapter it is the untuned base of the configuration."""

    name: str
    config: ChatConfig
    adapter: Path | None


def participant(request: Request, name: str | None) -> Participant:
    """Who a name stands for, or without one the words of the request.

    A name is looked up, never taken apart: what base, size and method it has is what its config.yaml says, or the
    options whose names, joined, are the name.

    Raises:
        UserError: if there is no such name, there are several, or a word contradicts it; or as `compose_one`.
    """
    if name is not None:
        _refuse(_keys(request), _NAMED, name)
    with opened(request) as hydra:
        typed = compose_one(hydra, request, ChatConfig)
        if name is None and typed.adapter is not None:
            return _given(typed, typed.adapter)
        return _named(hydra, request, typed, name)


def another(request: Request, first: Participant, name: str) -> Participant:
    """A second one, by name; what the request says of the first says nothing of it.

    Raises:
        UserError: as `participant`; or if both have one name.
    """
    config = first.config
    if name == config.untuned and first.adapter is not None:  # as the first would be without its adapter
        return Participant(name, config, None)
    rest = tuple(word for word in request.overrides if _key_of(word).split(".")[0] not in _OF_THE_FIRST)
    found = participant(replace(request, overrides=rest), name)
    if found.name == first.name:
        raise UserError(f"both would be called {first.name}; compare it with another")
    if found.config.untuned == config.untuned:
        same = {"base": config.base, "quant": config.quant}
        return replace(found, config=found.config.model_copy(update=same))
    return found


def _named(hydra: Hydra, request: Request, typed: ChatConfig, name: str | None) -> Participant:
    keys, wanted = _keys(request), name or typed.name
    place = typed.experiment if "experiment" in keys else None
    found = find(wanted, place, Path(typed.paths.outputs), Path(typed.paths.models))
    if found is None:
        return _untuned(hydra, request, typed, name)
    if typed.adapter is not None:
        raise UserError(f"{found} has an adapter of its own; leave adapter= out, or name its base")
    if name is not None:
        _refuse(keys, ("data",), found.name)
    if found.config.is_file():
        return Participant(found.name, _as_saved(typed, keys, found.config), found.adapter)
    for words in _joined(hydra, ("base", "size", "method", "data"), found.name):
        # In the options' order, so that a word that was typed comes after them.
        config = typed if name is None else _composed(hydra, request, words)
        return Participant(found.name, config, found.adapter)
    raise UserError(
        f"{found}: neither a config.yaml nor the options of base, size, method and data say what {found.name} is; "
        f"write hackmentor chat base=... size=... adapter={found.adapter}"
    )


def _untuned(hydra: Hydra, request: Request, typed: ChatConfig, name: str | None) -> Participant:
    """The base of this name, with the adapter that was typed, if any; a chat is a dialogue: so is its template."""
    for words in _joined(hydra, ("base", "size"), name or ""):
        config = _composed(hydra, request, [*words, *([] if "data" in _keys(request) else ["data=turn"])])
        return Participant(config.untuned, config, None) if typed.adapter is None else _given(config, typed.adapter)
    there = everything(Path(typed.paths.outputs), Path(typed.paths.models))
    bases = ["-".join(options) for options in itertools.product(*_options(hydra, ("base", "size")))]
    wanted, names = name or typed.name, list(dict.fromkeys(one.name for one in there))
    close = get_close_matches(wanted, [*names, *bases], n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Trained are: {', '.join(names) or 'none yet'}."
    raise UserError(
        f"there is no {inert(wanted)}, neither in {typed.paths.outputs} nor in {typed.paths.models}/lora_models. {hint}"
        " An untuned base is named as llama-13b; a cell is made by `hackmentor train`"
    )


def _given(config: ChatConfig, adapter: str) -> Participant:
    folder = Path(adapter)
    if not folder.is_dir():
        raise UserError(f"adapter={inert(adapter)}: there is no such folder")
    if not (folder / "adapter_config.json").is_file():
        raise UserError(f"adapter={inert(adapter)}: no adapter_config.json in it, so it is no adapter")
    called = folder.resolve()
    return Participant(called.parent.name if called.name == "adapter" else called.name, config, folder)


def _composed(hydra: Hydra, request: Request, words: list[str]) -> ChatConfig:
    return compose_one(hydra, replace(request, overrides=(*words, *request.overrides)), ChatConfig)


def _options(hydra: Hydra, groups: tuple[str, ...]) -> list[list[str]]:
    return [hydra.config_loader.get_group_options(group, ObjectType.CONFIG) for group in groups]


def _joined(hydra: Hydra, groups: tuple[str, ...], name: str) -> Iterator[list[str]]:
    """The overrides for each choice of options whose names, joined, are this name."""
    for options in itertools.product(*_options(hydra, groups)):
        if "-".join(options) == name:
            yield [f"{group}={option}" for group, option in zip(groups, options, strict=True)]


def _keys(request: Request) -> list[str]:
    return [_key_of(word) for word in request.overrides]


def _key_of(word: str) -> str:
    return word.lstrip("+~").partition("=")[0]


def _refuse(keys: list[str], said: tuple[str, ...], name: str) -> None:
    if twice := [key for key in keys if key in said]:
        raise UserError(f"{inert(name)} says its {twice[0]} already; leave {twice[0]}= out, or the name")


def _as_saved(typed: ChatConfig, keys: list[str], file: Path) -> ChatConfig:
    """The configuration of a finished cell, with what was typed for now: base.path=..., quant=none."""
    merged = typed.model_dump(mode="json")
    try:
        saved = yaml.safe_load(file.read_text(encoding="utf-8"))
        sections = {section: saved[section] for section in _OF_THE_CELL}
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError) as error:
        raise UserError(f"{file}: not the configuration of a cell ({type(error).__name__}: {error})") from error
    for key in keys:
        section, *path = key.split(".")
        if section in sections and section not in ("name", "experiment"):
            _put(sections, merged, [section, *path])
    try:
        return validated({**merged, **sections}, ChatConfig)
    except UserError as error:
        raise UserError(f"{file}: {error}") from error


def _put(target: Any, source: Any, path: list[str]) -> None:  # noqa: ANN401 - two trees of plain values
    for key in path[:-1]:
        target, source = target[key], source[key]
    target[path[-1]] = source[path[-1]]

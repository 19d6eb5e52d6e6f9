"""Turns errors of Hydra, OmegaConf and pydantic into one message that says what to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.types import RunMode
from omegaconf import OmegaConf
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hackmentor.runtime.errors import UserError

# Options with a model of their own: pydantic puts them into the location of an error.
_DISCRIMINATOR_TAGS = (
    "lora",
    "rslora",
    "dora",
    "pissa",
    "full",
    "wandb",
    "none",
    "lightning",
    "adapter",
    "merged",
    "gguf",
    "ollama",
)


def suggest_nearest(name: str, known_names: Sequence[str]) -> str:
    """A hint for a misspelt name: the nearest known one, or all of them if none is near and they are few."""
    if close := get_close_matches(name, known_names, n=1, cutoff=0.6):
        return f"did you mean {close[0]}?"
    if known_names and len(known_names) <= 12:
        return f"there are: {', '.join(sorted(known_names))}"
    return "see --help for what there is"


def explain_validation_error(error: ValidationError) -> UserError:
    """Lists every key that pydantic rejected, with its value and the reason."""
    lines = []
    for item in error.errors():
        # For a union of option types pydantic puts the option's name into the location; the user knows only the key.
        key = ".".join(str(part) for part in item["loc"] if part not in _DISCRIMINATOR_TAGS)
        if item["type"] == "extra_forbidden":
            lines.append(f"{key}: there is no such key, and nothing would read it")
        else:
            message = f"{item['msg'][0].lower()}{item['msg'][1:]}"
            lines.append(f"{key}={item['input']}: {message}{_suggest_quoting(key, item)}")
    return UserError("\n".join(lines))


def _suggest_quoting(key: str, item: ErrorDetails) -> str:
    is_number = item["type"] == "string_type" and isinstance(item["input"], int | float)
    return f"; quote a number that is meant as text: {key}=\"'{item['input']}'\"" if is_number else ""


def explain_composition_error(error: Exception, loader: ConfigLoader, verb: str, overrides: Sequence[str]) -> UserError:
    """Finds the override that caused a composition error, and suggests the nearest known spelling."""
    if isinstance(error, OverrideParseException):
        return UserError(f"can't read {error.override!r}: write key=value (quote spaces, commas and brackets)")
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _explain_missing_option(loader, error.missing_cfg_file)
    return UserError("\n".join(_explain_unknown_keys(loader, verb, overrides)) or _extract_message(error))


def _explain_missing_option(loader: ConfigLoader, path: str) -> UserError:
    group, _, option = path.rpartition("/")
    options = loader.get_group_options(group, ObjectType.CONFIG)
    return UserError(f"{group}={option}: {group} has no such option; {suggest_nearest(option, options)}")


def _explain_unknown_keys(loader: ConfigLoader, verb: str, overrides: Sequence[str]) -> Iterator[str]:
    """Yields a message for each override whose key is neither a group nor a key of the configuration."""
    root = loader.load_configuration(verb, [], RunMode.MULTIRUN, validate_sweep_overrides=False)
    groups = [str(group) for group in root.hydra.runtime.choices]
    known = list(dict.fromkeys([*groups, *_iterate_dotted_keys(OmegaConf.to_container(root))]))
    for parsed in OverridesParser.create().parse_overrides(list(overrides)):
        key = parsed.key_or_group
        if not parsed.is_add() and key not in known and OmegaConf.select(root, key, default=known) is known:
            ours = [name for name in known if not name.startswith("hydra/")]
            yield f"{key}: there is no such key or group; {suggest_nearest(key, ours)}"


def _iterate_dotted_keys(tree: Any, prefix: str = "") -> Iterator[str]:  # noqa: ANN401 - the leaves of a YAML file are of any type
    if isinstance(tree, dict):
        for key, value in tree.items():
            if prefix or key != "hydra":
                yield f"{prefix}{key}"
                yield from _iterate_dotted_keys(value, f"{prefix}{key}.")


def _extract_message(error: Exception) -> str:
    cause: BaseException = error
    while not str(cause) and cause.__cause__ is not None:
        cause = cause.__cause__
    text = str(cause).strip()
    return text if isinstance(error, HydraException) else text.splitlines()[0]

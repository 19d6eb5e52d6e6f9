"""Turns errors of Hydra, OmegaConf and pydantic into one message that says what to change."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.types import RunMode
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hackmentor.config.command_line import format_override
from hackmentor.config.config_files import EXPERIMENT_GROUP
from hackmentor.config.hydra_internals import is_config_group
from hackmentor.config.search_path import EXPERIMENT_NAME_GROUP, NAME_PATTERN
from hackmentor.runtime.errors import UserError


def suggest_nearest(name: str, known_names: Sequence[str]) -> str:
    """A hint for a misspelt name: the nearest known one, or all of them if none is near and they are few."""
    if close := get_close_matches(name, known_names, n=1, cutoff=0.6):
        return f"did you mean {close[0]}?"
    if known_names and len(known_names) <= 12:
        return f"there are: {', '.join(sorted(known_names))}"
    return "see --help for what there is"


def explain_validation_error(error: ValidationError, content: object) -> UserError:
    """Lists every key that pydantic rejected, with its value and the reason. `content` is what was validated."""
    reasons: dict[str, list[str]] = {}
    for item in error.errors():
        key = _get_typed_key(item, content)
        if item["type"] == "extra_forbidden":
            subject, reason = key, "there is no such key, and nothing would read it"
        elif item["type"] == "missing":
            subject, reason = key, "needs a value"
        else:
            subject = f"{key}={item['input']}"
            reason = f"{item['msg'][0].lower()}{item['msg'][1:]}{_suggest_quoting(key, item)}"
        # A key that may be of several types has an error for each.
        reasons.setdefault(subject, []).append(reason)
    return UserError("\n".join(f"{subject}: {', or '.join(found)}" for subject, found in reasons.items()))


def _get_typed_key(item: ErrorDetails, content: object) -> str:
    """The key as it is typed: pydantic puts the tags of unions into a location, which the content does not have."""
    parts, tree = [], content
    for place, part in enumerate(item["loc"]):
        is_new = place == len(item["loc"]) - 1 and item["type"] == "missing"
        if isinstance(tree, dict) and (part in tree or is_new):
            parts.append(part)
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            parts.append(part)
            tree = tree[part]
    return ".".join(map(str, parts))


def _suggest_quoting(key: str, item: ErrorDetails) -> str:
    is_number = item["type"] == "string_type" and isinstance(item["input"], int | float)
    return f"; quote a number that is meant as text: {key}=\"'{item['input']}'\"" if is_number else ""


def reject_values_without_option(loader: ConfigLoader, overrides: Sequence[str]) -> None:
    """Refuses null, numbers and booleans where a group takes the name of an option: Hydra has no message for them.

    Raises:
        UserError: with what to type.
    """
    for line in overrides:
        try:
            parsed = OverridesParser.create().parse_overrides([line])[0]
        except OverrideParseException:
            continue  # explained when it is composed
        group, value = parsed.key_or_group, parsed.value()
        if parsed.is_sweep_override() or isinstance(value, str | list | dict) or parsed.is_delete():
            continue
        if not is_config_group(loader, group):
            continue
        options = loader.get_group_options(group, ObjectType.CONFIG)
        if value is None:
            raise UserError(f"{line}: {group} takes the name of an option; leave {group}= out for what it is by itself")
        text = parsed.get_value_element_as_str()
        word = shlex.quote(f'{group}="{text}"')
        hint = f"type {word}" if text in options else suggest_nearest(text, options)
        raise UserError(f"{line}: {group} has no such option; {hint}")


COMPOSITION_ERRORS = (HydraException, OmegaConfBaseException, RecursionError)
_AMBIGUOUS = re.compile(r"Ambiguous value for argument '([^=]+)=([^\n]*)'")


def explain_composition_error(error: Exception, loader: ConfigLoader, verb: str, overrides: Sequence[str]) -> UserError:
    """Finds the override that caused a composition error, and suggests the nearest known spelling."""
    if isinstance(error, RecursionError):
        return UserError("the files of this configuration name each other in a circle (defaults), or nest too deeply")
    _, raised_by_resolver, message = str(error).partition("UserError raised while resolving interpolation: ")
    if raised_by_resolver:
        return UserError(message.splitlines()[0])
    if isinstance(error, OverrideParseException):
        return UserError(f"can't read {error.override!r}: write key=value (quote spaces, commas and brackets)")
    if match := _AMBIGUOUS.search(str(error)):
        key, quoted = match.groups()
        value = re.sub(r'"([^"\\]*)"', r"\1", quoted)  # as typed: `quote_values` puts quotes around elements
        return UserError(
            f"{key}={value}: are these several values? Add -m for a cell of each, or write {key}=[{value}] for a list; "
            f"for one text type {format_override(key, value)}"
        )
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _explain_missing_option(loader, error.missing_cfg_file)
    return UserError("\n".join(_explain_unknown_keys(loader, verb, overrides)) or _extract_message(error))


def _explain_missing_option(loader: ConfigLoader, path: str) -> UserError:
    group, _, option = path.rpartition("/")
    # Of `experiment=a/b` Hydra makes the option b of a group experiment/a.
    while not (options := loader.get_group_options(group, ObjectType.CONFIG)) and "/" in group:
        group, _, first = group.rpartition("/")
        option = f"{first}/{option}"
    message = f"{group}={option}: {group} has no such option; {suggest_nearest(option, options)}"
    if group == EXPERIMENT_GROUP and NAME_PATTERN.fullmatch(option):
        message += f" ({EXPERIMENT_NAME_GROUP}={option} gives a new experiment that name)"
    if group == EXPERIMENT_NAME_GROUP:
        message = f"{group}={option}: a name holds letters, digits, dots, dashes and underscores"
    return UserError(message)


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
    """The message of Hydra or OmegaConf; the latter has more lines, of which the key is what helps."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OmegaConfBaseException) and cause.full_key:
            return f"{cause.full_key}: {(str(cause).strip() or type(cause).__name__).splitlines()[0]}"
        cause = cause.__cause__
    cause = error
    while not str(cause) and cause.__cause__ is not None:
        cause = cause.__cause__
    text = str(cause).strip()
    return text if isinstance(error, HydraException) else text.splitlines()[0]

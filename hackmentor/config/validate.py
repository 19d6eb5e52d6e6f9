"""Validates a composed configuration: known keys, types, ranges, secrets, and settings that contradict each other."""

from __future__ import annotations

import copy
from typing import TypeVar

from omegaconf import DictConfig, OmegaConf
from pydantic import ValidationError

from hackmentor.config.cached_composer import remove_hydra_section
from hackmentor.config.error_messages import explain_validation_error
from hackmentor.config.rules import find_conflicts
from hackmentor.config.schema import Config, Section
from hackmentor.config.schema.section import expand_home
from hackmentor.config.secrets import find_secrets
from hackmentor.runtime.errors import UserError

Settings = TypeVar("Settings", bound=Section)


def validate_config(composed: DictConfig) -> Config:
    """Turns a composed configuration of a cell into a typed one.

    Raises:
        UserError: naming every key that is unknown, of the wrong type or out of range, or every conflict.
    """
    return validate_settings(convert_to_plain(composed), Config)


def validate_settings(content: object, model: type[Settings]) -> Settings:
    """Turns plain dictionaries and lists into a model of settings. Raises UserError as `validate_config`."""
    settings = parse_settings(content, model)
    if isinstance(settings, Config) and (conflicts := list(find_conflicts(settings))):
        raise UserError("\n".join(conflicts))
    return settings


def parse_settings(content: object, model: type[Settings]) -> Settings:
    """As `validate_settings`, without looking for conflicts. Raises UserError for keys, types, ranges and secrets."""
    if secrets := list(find_secrets(content)):
        raise UserError("\n".join(secrets))
    try:
        return model.model_validate(content, strict=False)
    except ValidationError as error:
        raise explain_validation_error(error, content) from error


def convert_to_plain(composed: DictConfig) -> object:
    """Converts a composed configuration, without Hydra's own section, to dictionaries and lists.

    Raises:
        OmegaConfBaseException: for an interpolation that can't be resolved, or a required value that is missing.
    """
    ours = copy.deepcopy(remove_hydra_section(composed) if "hydra" in composed else composed)
    expand_home_folders(ours)
    return OmegaConf.to_container(ours, resolve=True, throw_on_missing=True)


def expand_home_folders(composed: DictConfig) -> None:
    """Expands `~` in the section `paths`, in place: other keys are interpolated with these folders."""
    for key, path in (OmegaConf.to_container(composed).get("paths") or {}).items():  # type: ignore[union-attr]
        if isinstance(path, str) and path.startswith("~"):
            OmegaConf.update(composed, f"paths.{key}", expand_home(path))

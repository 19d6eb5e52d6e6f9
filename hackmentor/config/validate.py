"""A composed configuration as a typed one: every key known, every value in range, what is set together possible."""

from __future__ import annotations

from typing import TypeVar

from omegaconf import DictConfig, OmegaConf
from pydantic import ValidationError

from hackmentor.config.cached_composer import without_hydra
from hackmentor.config.error_messages import explain_validation
from hackmentor.config.rules import conflicts
from hackmentor.config.schema import Config, Section
from hackmentor.config.secrets import secrets_in
from hackmentor.runtime.errors import UserError

Settings = TypeVar("Settings", bound=Section)


def checked(composed: DictConfig) -> Config:
    """The typed configuration behind a composed one.

    Raises:
        UserError: naming every key that is unknown, of the wrong type or out of range, and every conflict.
    """
    return validated(plain(composed), Config)


def validated(content: object, model: type[Settings]) -> Settings:
    """The typed configuration behind a plain one. Raises UserError as `checked`."""
    settings = typed(content, model)
    if isinstance(settings, Config) and (found := list(conflicts(settings))):
        raise UserError("\n".join(found))
    return settings


def typed(content: object, model: type[Settings]) -> Settings:
    """As `validated`, for who asks for conflicts apart. Raises UserError for keys, types, ranges and secrets."""
    if found := list(secrets_in(content)):
        raise UserError("\n".join(found))
    try:
        return model.model_validate(content, strict=False)
    except ValidationError as error:
        raise explain_validation(error) from error


def plain(composed: DictConfig) -> object:
    """A composed configuration as dictionaries and lists, without Hydra's own part. Raises OmegaConf's errors."""
    ours = without_hydra(composed) if "hydra" in composed else composed
    return OmegaConf.to_container(ours, resolve=True, throw_on_missing=True)

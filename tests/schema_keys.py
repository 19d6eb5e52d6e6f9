"""Every key of the configuration, as it is typed: what tests draw from, and what messages may name."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from hackmentor.config.schema import ChatConfig, Config, ExportConfig, MarkConfig, RateConfig, SyncConfig

CONFIGS: tuple[type[BaseModel], ...] = (Config, ChatConfig, ExportConfig, MarkConfig, RateConfig, SyncConfig)


def list_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every key of a model, dotted: `train`, `train.cutoff`; of a key of several kinds those of each."""
    found = []
    for name, field in model.model_fields.items():
        found.append(f"{prefix}{name}")
        for section in _list_sections(field.annotation):
            found += list_keys(section, f"{prefix}{name}.")
    return list(dict.fromkeys(found))


def _list_sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, Annotated):
        for part in get_args(annotation):
            yield from _list_sections(part)

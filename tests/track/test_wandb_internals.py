"""The contract with W&B beyond its public API: it still has what we use, and one module alone uses it."""

from __future__ import annotations

import ast
import inspect
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import wandb
from wandb.cli import beta_sync

import hackmentor
from hackmentor.track import wandb_internals
from hackmentor.track.wandb_internals import build_flush_settings, find_transaction_log, get_sync_marker_path

PACKAGE = Path(hackmentor.__file__).parent
PRIVATE_STRINGS = {
    wandb_internals.SERVICE_PROCESS,
    wandb_internals.SERVICE_VARIABLE,
    wandb_internals.LOG_SUFFIX,
    wandb_internals.SYNC_MARKER_SUFFIX,
}


def test_wandb_still_has_the_private_names(tmp_path: Path) -> None:
    settings = wandb.Settings(**build_flush_settings(1), silent=True, console="off")
    assert wandb_internals.FLUSH_INTERVAL_SETTING in wandb.Settings.model_fields
    with wandb.init(mode="offline", dir=tmp_path, reinit="create_new", settings=settings) as run:
        parameters = inspect.signature(run._interface.publish_artifact).parameters
        assert {"run", "artifact", "aliases", "is_user_created", "use_after_commit"} <= set(parameters)
        children = [child.name() for child in psutil.Process().children()]
        assert wandb_internals.SERVICE_PROCESS in children
        assert wandb_internals.SERVICE_VARIABLE in os.environ
        run_folder = Path(run.dir).parent
    log = find_transaction_log(run_folder)
    assert log is not None
    assert not beta_sync._is_synced(log)
    get_sync_marker_path(log).touch()
    assert beta_sync._is_synced(log)


def find_private_uses(source: str) -> Iterator[str]:
    """Yields every use of a private name of W&B in the source of a module that uses W&B."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=owner, attr=name) if name.startswith("_") and not name.startswith("__"):
                if not (isinstance(owner, ast.Name) and owner.id in ("self", "cls")):
                    yield name
            case ast.keyword(arg=str(name)) if name.startswith("x_"):
                yield name
            case ast.ImportFrom(module=str(name)) if name.startswith("wandb."):
                yield name
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name.startswith("wandb."))
            case ast.Constant(value=str(text)) if any(text.endswith(private) for private in PRIVATE_STRINGS):
                yield text


@pytest.mark.parametrize(
    "source",
    [
        "run._interface.publish_artifact(run, artifact)",
        "self._run._log_artifact(artifact)",
        "wandb.Settings(x_stats_sampling_interval=1)",
        "from wandb.sdk.lib import filenames",
        "import wandb.sdk.wandb_run",
        "log.with_suffix('.wandb.synced')",
        "os.environ.pop('WANDB_SERVICE')",
    ],
)
def test_a_private_use_is_found(source: str) -> None:
    assert list(find_private_uses(source))


def test_no_other_module_uses_a_private_name() -> None:
    sources = {file.relative_to(PACKAGE): file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py")}
    using_wandb = {
        file: source
        for file, source in sources.items()
        if file.parts[0] in ("track", "sync") or "import wandb" in source or "from wandb" in source
    }
    found = {str(file) for file, source in using_wandb.items() if list(find_private_uses(source))}
    assert found == {"track/wandb_internals.py"}

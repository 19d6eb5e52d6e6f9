"""An installed wheel finds its configuration from any working directory."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hackmentor import __version__
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.long

COMPOSE_ALL = """
import sys
from pathlib import Path
import hackmentor
from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.runtime.paths import CONF_FOLDER, EXPERIMENTS_FOLDER

installed = Path(sys.argv[1])
assert Path(hackmentor.__file__).is_relative_to(installed), hackmentor.__file__
assert CONF_FOLDER.is_relative_to(installed), CONF_FOLDER
composed = 0
VERBS = ("fetch", "data", "teach", "inspect", "plan", "train", "evaluate", "review", "status")
for verb in VERBS:
    for experiment in EXPERIMENTS_FOLDER.glob("*.yaml"):
        request = CommandRequest(verb, (f"experiment={experiment.stem}",))
        with hydra_initialized(request) as hydra:
            composed += len(compose_grid(hydra, request).cells)
assert composed == len(VERBS) * (2 + 8), composed
assert main(["train", "--help"]) == 0
assert main(["train", "experiment=embeded"]) == 2
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, REPOSITORY]
    subprocess.run(command, check=True)
    return next(folder.glob("hackmentor-*.whl"))


def test_the_wheel_has_the_version_that_the_package_tells(wheel: Path) -> None:
    assert wheel.name == f"hackmentor-{__version__}-py3-none-any.whl"


def test_the_wheel_holds_every_config_and_template(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for file in [*REPOSITORY.glob("conf/**/*.yaml"), *REPOSITORY.glob("experiments/*.yaml")]:
        assert f"hackmentor/{file.relative_to(REPOSITORY)}" in names
    for file in REPOSITORY.glob("hackmentor/**/*"):
        if file.suffix in (".py", ".jinja", ".jsonl", ".css", ".js"):
            assert str(file.relative_to(REPOSITORY)) in names
    assert "hydra_plugins/hackmentor_grid.py" in names
    assert not [name for name in names if name.startswith(("tests/", "data/", "models/", "outputs/"))]


def test_an_installed_wheel_composes_everything_from_elsewhere(wheel: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", installed, wheel]
    subprocess.run(command, check=True)
    done = subprocess.run(
        [sys.executable, "-c", COMPOSE_ALL, str(installed)],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr

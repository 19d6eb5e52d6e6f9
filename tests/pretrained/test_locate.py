"""Where a base model is looked for, and what is said when it is nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.pretrained.locate import describe_missing_files, get_pretrained_folder, locate_base
from hackmentor.runtime.errors import UserError


def locate(models: Path, path: str | None = None) -> Path:
    return locate_base(untuned="llama-7b", path=path, models=models, hub_id="nobody/llama", revision="0" * 40)


def model_folder(folder: Path, *without: str) -> Path:
    folder.mkdir(parents=True)
    for name in {"config.json", "model.safetensors", "tokenizer.json"} - set(without):
        (folder / name).write_bytes((2).to_bytes(8, "little") + b"{}" if name == "model.safetensors" else b"{}")
    return folder


def test_explicit_path_wins(tmp_path: Path) -> None:
    model_folder(get_pretrained_folder(tmp_path, "llama-7b"))
    mine = model_folder(tmp_path / "mine")
    assert locate(tmp_path, str(mine)) == mine


def test_a_bad_explicit_path_is_not_passed_over(tmp_path: Path) -> None:
    model_folder(get_pretrained_folder(tmp_path, "llama-7b"))
    with pytest.raises(UserError, match="there is no such folder"):
        locate(tmp_path, str(tmp_path / "nowhere"))


def test_weights_put_there_by_hand(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "pretrained" / "llama-7b")
    assert locate(tmp_path) == folder


def test_every_place_tried_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        locate(tmp_path)
    said = str(caught.value)
    for expected in (
        str(tmp_path / "pretrained" / "llama-7b"),
        "nobody/llama",
        "hackmentor fetch base=llama size=7b",
        "base.path",
    ):
        assert expected in said


@pytest.mark.parametrize(
    ("missing", "said"),
    [("config.json", "no config.json"), ("model.safetensors", "no weights"), ("tokenizer.json", "no tokenizer")],
)
def test_half_a_model_is_no_model(tmp_path: Path, missing: str, said: str) -> None:
    assert said in str(describe_missing_files(model_folder(tmp_path / "m", missing)))


def test_a_missing_shard_is_noticed(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", "model.safetensors")
    index = '{"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}}'
    (folder / "model.safetensors.index.json").write_text(index)
    (folder / "model-1-of-2.safetensors").write_text("x")
    assert "model-2-of-2.safetensors" in str(describe_missing_files(folder))


def test_a_missing_shard_of_pytorchs_own_form_is_noticed(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", "model.safetensors")
    index = '{"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}'
    (folder / "pytorch_model.bin.index.json").write_text(index)
    (folder / "pytorch_model-00001-of-00002.bin").write_bytes(b"x")
    assert "pytorch_model-00002-of-00002.bin is missing" in str(describe_missing_files(folder))
    # Where there are safetensors, these are read, and such an index is left over.
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    assert describe_missing_files(folder) is None


def test_weights_in_another_programs_form_are_named(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "consolidated.safetensors")
    assert "consolidated.safetensors, another program's form" in str(describe_missing_files(folder))


def test_an_adapter_beside_a_base_is_named(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "adapter_config.json").write_text("{}")
    assert "an adapter lies beside the base" in str(describe_missing_files(folder))

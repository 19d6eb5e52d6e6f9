"""A model's own name becomes base and size; its files say what its name does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hackmentor.pretrained.named_model import (
    UNKNOWN_SIZE,
    count_parameters,
    format_size,
    get_folder,
    name_base,
    name_size,
    read_licence,
)
from hackmentor.runtime.errors import UserError


@pytest.mark.parametrize(
    ("model", "base", "size"),
    [
        ("meta-llama/Llama-3.2-1B-Instruct", "llama-3.2-instruct", "1b"),
        ("Qwen/Qwen3-8B", "qwen3", "8b"),
        ("Qwen/Qwen3-30B-A3B", "qwen3-a3b", "30b"),
        ("google/gemma-3-270m-it@main", "gemma-3-it", "270m"),
        ("ours/My Model", "my-model", UNKNOWN_SIZE),
        ("microsoft/phi-4", "phi-4", UNKNOWN_SIZE),
    ],
)
def test_names(model: str, base: str, size: str) -> None:
    if " " in model:
        with pytest.raises(UserError, match="a repository is called ORG/NAME"):
            name_base(model)
        return
    assert (name_base(model), name_size(model)) == (base, size)


def test_a_folder_is_counted_where_its_name_states_no_size(tiny_llama: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = shutil.copytree(tiny_llama, tmp_path / "Mine")
    count = AutoModelForCausalLM.from_pretrained(folder).num_parameters()
    assert count_parameters(folder) == count
    assert name_size(str(folder)) == format_size(count)
    assert get_folder(str(folder)) == str(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\nlicense: other")
    assert read_licence(str(folder)) == "mit"


@pytest.mark.parametrize(("count", "said"), [(134_515_008, "135m"), (6_738_415_616, "6.7b"), (999_885_952, "1b")])
def test_sizes_as_they_stand_in_names(count: int, said: str) -> None:
    assert format_size(count) == said

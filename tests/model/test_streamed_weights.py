"""A base is quantised or cast tensor by tensor, to the same bits: its checkpoint is never in memory as a whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import weakref
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig

from hackmentor.model import load, quantised, streamed_weights
from hackmentor.model.load import Quantisation, load_base
from hackmentor.train.memory_model.loading import count_loading_bytes
from hackmentor.train.memory_model.memory import compute_peak_memory
from hackmentor.train.packing import PackSize
from tests.train.test_memory_model import LLAMA

CPU = torch.device("cpu")


@pytest.fixture
def in_shards(tiny_llama: Path, tmp_path: Path) -> Path:
    """The tiny model in several files, in half precision."""
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "in_shards"))
    (folder / "model.safetensors").unlink()
    AutoModelForCausalLM.from_pretrained(tiny_llama, dtype=torch.bfloat16).save_pretrained(
        folder, max_shard_size="200KB"
    )
    assert len(list(folder.glob("*.safetensors"))) > 1
    return folder


@pytest.mark.parametrize("quant", ["int8", "nf4", "none"])
def test_the_bits_are_those_of_a_mapped_checkpoint(
    quant: Quantisation, in_shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed = load_base(in_shards, quant=quant, dtype=torch.float32, device=CPU).state_dict()
    monkeypatch.setattr(load, "weights_streamed", lambda **_: nullcontext())
    mapped = load_base(in_shards, quant=quant, dtype=torch.float32, device=CPU).state_dict()
    tensors = {name: tensor for name, tensor in mapped.items() if isinstance(tensor, torch.Tensor)}
    assert streamed.keys() == mapped.keys()
    assert all(torch.equal(tensor, streamed[name]) for name, tensor in tensors.items())


@pytest.mark.parametrize("quant", ["int8", "nf4"])
def test_one_matrix_is_there_while_it_is_quantised(
    quant: Quantisation, in_shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[weakref.ref[torch.Tensor]] = []
    alive_at_reading: list[int] = []

    class Watched(streamed_weights._StreamedSlice):
        def __getitem__(self, place: Any) -> torch.Tensor:
            alive_at_reading.append(sum(ref() is not None for ref in read))
            tensor = super().__getitem__(place)
            if tensor.dim() == 2 and tensor.shape[0] < 1000:  # embedding and head stay as they are
                read.append(weakref.ref(tensor))
            return tensor

    monkeypatch.setattr(streamed_weights, "_StreamedSlice", Watched)
    load_base(in_shards, quant=quant, dtype=torch.bfloat16, device=CPU)
    assert len(read) > 10
    assert max(alive_at_reading) <= 1


def is_mapped(tensor: torch.Tensor, folder: Path) -> bool:
    maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines() if str(folder) in line]
    bounds = [[int(end, 16) for end in line[0].split("-")] for line in maps]
    return any(start <= tensor.data_ptr() < end for start, end in bounds)


def test_what_is_used_as_it_stands_stays_mapped(in_shards: Path) -> None:
    model = load_base(in_shards, quant="none", dtype=torch.bfloat16, device=CPU)
    assert is_mapped(model.model.layers[1].mlp.down_proj.weight, in_shards)
    cast = load_base(in_shards, quant="none", dtype=torch.float32, device=CPU)
    assert not is_mapped(cast.model.layers[1].mlp.down_proj.weight, in_shards)


@pytest.mark.parametrize("quant", ["int8", "nf4"])
def test_weights_that_were_kept_quantised_are_mapped(
    quant: Quantisation, in_shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantised, "MIN_BYTES_TO_KEEP", 0)
    model = load_base(in_shards, quant=quant, dtype=torch.bfloat16, device=CPU, keep=tmp_path / "kept")
    assert is_mapped(model.model.layers[1].mlp.down_proj.weight, tmp_path / "kept")


def make_deep_llama(folder: Path, layers: int) -> None:
    """A Llama of many small layers, in shards of ten layers, written without ever being a model."""
    config = LlamaConfig(
        vocab_size=64, hidden_size=512, intermediate_size=1408, num_hidden_layers=layers, num_attention_heads=8
    )
    config.architectures, config.dtype = ["LlamaForCausalLM"], torch.bfloat16
    config.save_pretrained(folder)
    with torch.device("meta"):
        names = AutoModelForCausalLM.from_config(config).state_dict()
    files: dict[str, dict[str, torch.Tensor]] = {}
    for number, (name, tensor) in enumerate(names.items()):
        files.setdefault(f"model-{number // 90}.safetensors", {})[name] = torch.rand(tensor.shape, dtype=torch.bfloat16)
    for file, tensors in files.items():
        save_file(tensors, folder / file, metadata={"format": "pt"})
    index = {name: file for file, tensors in files.items() for name in tensors}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


MEASURE = """
import sys
from pathlib import Path
import torch, bitsandbytes
import transformers.models.llama.modeling_llama
from hackmentor.model.load import load_base

def read(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))

Path("/proc/self/clear_refs").write_text("5")  # the peak falls to the present
before = read("VmRSS")
model = load_base(Path(sys.argv[1]), quant="int8", dtype=torch.bfloat16, device=torch.device("cpu"))
print(read("VmHWM") - before, model.get_memory_footprint())
"""


def test_the_peak_of_loading_is_little_more_than_what_stays(tmp_path: Path) -> None:
    make_deep_llama(tmp_path, layers=24)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    grew, stays = map(int, done.stdout.split())
    stored = sum(file.stat().st_size for file in tmp_path.glob("*.safetensors"))
    assert stored > 1.9 * stays
    assert grew < 1.5 * stays, (grew, stays)


def test_the_plan_counts_loading_where_it_takes_more_than_training() -> None:
    nf4 = replace(LLAMA, quant="nf4", on_gpu=False)
    short, long = (compute_peak_memory(nf4, [PackSize(tokens, 8)]) for tokens in (16, 4096))
    weights = short.quantised_weights + short.other_weights
    assert short.total == short.framework + count_loading_bytes(nf4, weights)
    assert short.loading > 0
    assert long.loading == 0

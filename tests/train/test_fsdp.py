"""A cell that is sharded over two processes: it learns what one process learns, stops and goes on, and ends alike."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.model.adapter import unfreeze_base
from hackmentor.model.attention import use_packed_attention
from hackmentor.model.cpu import cross_entropy
from hackmentor.model.load import load_base
from hackmentor.model.load_empty import load_empty_base
from hackmentor.prompts.example import Example
from hackmentor.train.fsdp import shard_model
from hackmentor.train.module import compute_pack_loss
from hackmentor.train.packing import build_pack
from tests.train.conftest import Place
from tests.train.test_restarts import KILLED, SAVED

# 21 records are three steps of seven, so that one process has a record more than the other, nearly each in a pack of
# its own; of eight held-out records the last is a batch by itself, in which the second process has none.
SHARDED = ["trainer.strategy=fsdp", "trainer.devices=2", "trainer.precision=32-true", "quant=none", "tracker=none"]
UNEVEN = ["train.batch_size=7", "train.micro_batch_tokens=300", "train.validation_records=8", "train.validations=3"]
# Where `Place` looks for a cell.
NAMED = "name=smollm2-135m-lora-iio"
METHODS = {
    "lora": ["method=lora", "method.dropout=0"],
    "dora": ["method=dora", "method.dropout=0", NAMED],
    "full": ["method=full", "method.dropout=0", NAMED],
}


@pytest.fixture(scope="module")
def tied_llama(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Llama with one weight for embedding and head, as SmolLM2 has it."""
    folder = tmp_path_factory.mktemp("models") / "tied"
    torch.manual_seed(0)
    config = LlamaConfig.from_pretrained(tiny_llama)
    config.tie_word_embeddings = True
    LlamaForCausalLM(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_llama).save_pretrained(folder)
    return folder


def weights(place: Place) -> dict[str, torch.Tensor]:
    (file,) = place.cell.glob("adapter/*.safetensors")
    return load_file(file)


def history(place: Place) -> list[dict[str, str]]:
    with (place.cell / "metrics.csv").open(newline="") as stream:
        return [{k: v for k, v in row.items() if k != "tokens_per_second"} for row in csv.DictReader(stream)]


@pytest.mark.parametrize("method", METHODS)
def test_two_shards_train_what_one_device_does(
    method: str, place: Place, another_place: Place, fixed_words: list[str], tied_llama: Path
) -> None:
    words = [*fixed_words, *SHARDED, *UNEVEN, *METHODS[method], f"base.path={tied_llama}"]
    words += ["optimizer.lr=1e-3", "optimizer.gradient_clip=0.1"]  # below the norm of every step here
    alone = [word for word in words if word not in ("trainer.strategy=fsdp", "trainer.devices=2")]
    assert place.attempt(alone) == 0, place.log
    assert another_place.attempt(words, devices=2) == 0, another_place.log
    one, two = weights(place), weights(another_place)
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, rtol=0, atol=2e-6, msg=name)
    for column, rows in (("loss", 3), ("val_loss", 4)):
        losses = [[float(row[column]) for row in history(which) if row[column]] for which in (place, another_place)]
        assert losses[1] == pytest.approx(losses[0], abs=1e-5)
        assert len(losses[0]) == rows
    counted = [which.card["adapter"]["trainable_parameters"] for which in (place, another_place)]
    assert counted[0] == counted[1]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_it_goes_on_to_the_same_bits(
    method: str, place: Place, another_place: Place, fixed_words: list[str], tied_llama: Path
) -> None:
    words = [*fixed_words, *SHARDED, *UNEVEN, *METHODS[method], f"base.path={tied_llama}", "trainer.max_epochs=3"]
    words += ["train.checkpoint_steps=1", "optimizer.lr=1e-2", *(["method.dropout=0.3"] if method == "lora" else [])]
    assert place.attempt(words, devices=2) == 0, place.log
    assert another_place.attempt(words, signal.SIGTERM, rows=3, devices=2) == SAVED, another_place.log
    if method == "lora":
        assert another_place.attempt(words, signal.SIGKILL, rows=3, devices=2) == KILLED, another_place.log
    assert another_place.attempt(words, devices=2) == 0, another_place.log
    assert "continuing after step" in another_place.log
    one, two = weights(place), weights(another_place)
    assert all(torch.equal(two[name], tensor) for name, tensor in one.items())
    assert history(another_place) == history(place)


def test_checkpoints_hold_what_is_trained_and_whole(place: Place, fixed_words: list[str]) -> None:
    assert place.attempt([*fixed_words, *SHARDED, *METHODS["lora"]], devices=2) == 0, place.log
    state = torch.load(place.cell / "checkpoints" / f"step={place.steps()[-1]}.ckpt", weights_only=True)
    adapter = weights(place)
    names = {
        name.removeprefix("model.").replace(".default", ""): tensor for name, tensor in state["state_dict"].items()
    }
    assert names.keys() == adapter.keys()
    assert all(torch.equal(names[name], tensor) for name, tensor in adapter.items())
    moments = state["optimizer_states"][0]["state"]
    assert moments.keys() == state["state_dict"].keys()
    assert all(moments[name]["exp_avg"].shape == tensor.shape for name, tensor in state["state_dict"].items())


def test_the_best_weights_are_kept(place: Place, fixed_words: list[str], tied_llama: Path) -> None:
    words = [*fixed_words, *SHARDED, *UNEVEN, *METHODS["full"], f"base.path={tied_llama}", "train.keep=best"]
    words += ["trainer.max_epochs=2", "train.validations=6", "optimizer.lr=1e-2"]
    assert place.attempt(words, signal.SIGTERM, rows=4, devices=2) == SAVED, place.log
    best = CheckpointFolder(place.cell / "checkpoints", keep=2).find_best()
    assert best is not None
    # So low that no step after it is better, however well the training goes.
    file = place.cell / "checkpoints" / f"step={best.step}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"val_loss": 0.0}))
    assert place.attempt(words, devices=2) == 0, place.log
    assert f"keeping the weights of step {best.step}," in place.log
    assert place.card["figures"]["val_loss"] == pytest.approx(best.val_loss, abs=1e-6)
    kept = torch.load(file.with_suffix(".ckpt"), weights_only=True)["state_dict"]
    saved = weights(place)
    assert all(torch.equal(saved[name.removeprefix("model.")], tensor) for name, tensor in kept.items())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_process_that_reads_no_weights_has_the_same_model(
    dtype: torch.dtype, tiny_llama: Path, tied_llama: Path, tmp_path: Path
) -> None:
    for folder in (tiny_llama, tied_llama):
        whole = load_base(folder, quant="none", dtype=dtype, device=torch.device("cpu"))
        (folder_without := tmp_path / folder.name).mkdir()
        shutil.copy(folder / "config.json", folder_without)
        empty = load_empty_base(folder_without, dtype=dtype)
        assert [(name, p.shape, p.dtype, p.requires_grad) for name, p in empty.named_parameters()] == [
            (name, p.shape, p.dtype, p.requires_grad) for name, p in whole.named_parameters()
        ]
        assert (empty.lm_head.weight is empty.model.embed_tokens.weight) == (folder == tied_llama)
        assert all(torch.equal(one, other) for one, other in zip(empty.buffers(), whole.buffers(), strict=True))
        assert empty.config._attn_implementation == whole.config._attn_implementation
        assert not empty.training


@pytest.fixture
def process_group() -> Iterator[None]:
    """A group of this process alone."""
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_no_layer_is_kept_whole_for_the_backward_pass(
    precision: str, process_group: None, tied_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cross_entropy, "uses_onednn_jit", lambda _: False)  # two tokens stay two
    model = unfreeze_base(load_base(tied_llama, quant="none", dtype=torch.float32, device=torch.device("cpu")))
    outside = model.get_input_embeddings().weight.nbytes
    shard_model(model, "cpu", processes=1, precision=precision)
    saved: list[torch.Tensor] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor)
        return tensor

    pack = build_pack([Example("a", [5, 6, 7], [False, True, True])])
    mixed = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16-mixed")
    with use_packed_attention(model), mixed, torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        nats = compute_pack_loss(model, pack)
    # A weight that is sharded again has lost its storage.
    kept = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in saved}
    # What two tokens need is next to nothing; a layer is 147 KB, in half precision 74.
    assert sum(kept.values()) < outside + 40_000
    nats.backward()


def test_lightning_starts_the_second_process(tmp_path: Path, fixed_words: list[str]) -> None:
    words = [word for word in fixed_words if word != "trainer=cpu"]
    words += ["trainer=fsdp", "trainer.accelerator=cpu", *SHARDED[1:], *METHODS["lora"]]
    command = [sys.executable, "-m", "hackmentor", "train", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (folder,) = tmp_path.glob("outputs/adhoc/*")
    assert (folder / "done.json").is_file()
    assert (folder / "train_ddp_process_1.log").is_file()

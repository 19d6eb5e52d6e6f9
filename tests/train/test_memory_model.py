"""The memory model: against what torch keeps, and against itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hackmentor.model.config_geometry import read_geometry
from hackmentor.train.memory_model.activations import count_activation_bytes
from hackmentor.train.memory_model.memory import compute_memory, compute_peak_memory, count_weight_bytes
from hackmentor.train.memory_model.recompute_choice import choose_recomputation
from hackmentor.train.memory_model.training_setup import Precision, TrainingSetup
from hackmentor.train.packing import PackSize
from tests.model.test_geometry import published

if TYPE_CHECKING:
    from transformers import LlamaConfig, PretrainedConfig

LLAMA = TrainingSetup(published("llama", "13b"), "int8", "bf16-mixed", 8, ("q_proj", "v_proj"), 0.05, on_gpu=True)
EVERY_MATRIX = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def deeper(folder: Path, layers: int) -> LlamaConfig:
    """The tiny Llama with more layers: the first one keeps less than the others, which the model leaves out."""
    from transformers import LlamaConfig

    return LlamaConfig.from_pretrained(folder, num_hidden_layers=layers, attn_implementation="sdpa")


def count_bytes_kept_by_torch(
    config: PretrainedConfig,
    setup: TrainingSetup,
    lengths: tuple[int, ...],
    shared: int = 0,
    *,
    recomputes: bool = False,
) -> int:
    """Bytes that a forward pass of a pack of records keeps for the backward pass, weights and the loss left out."""
    import torch
    from transformers import AutoModelForCausalLM

    from hackmentor.model.adapter import add_lora, unfreeze_base
    from hackmentor.model.attention import use_packed_attention
    from hackmentor.model.cpu.fused import use_fused_backward
    from hackmentor.model.recompute import Recomputation
    from hackmentor.prompts.example import Example
    from hackmentor.train.module import compute_pack_loss
    from hackmentor.train.packing import build_pack

    half = setup.precision == "bf16-mixed"
    model = AutoModelForCausalLM.from_config(config).requires_grad_(False)
    if half and setup.rank is not None:
        model.to(torch.bfloat16)
    shape = {"alpha": 16, "dropout": setup.dropout, "targets": setup.targets, "source": "x", "revision": "y"}
    tuned = unfreeze_base(model) if setup.rank is None else add_lora(model, rank=setup.rank, **shape)  # type: ignore[arg-type]
    if recomputes:
        Recomputation(model, is_allowed=True).switch_on()
    held = {one.untyped_storage().data_ptr() for one in (*tuned.parameters(), *tuned.buffers())}
    # One trained token, after those that are computed: the loss keeps next to nothing.
    first, *others = lengths
    examples = [Example("", [5] * (first + 1), [False] * first + [True])]
    examples += [Example("", [5] * length, [False] * length) for length in others]
    found: dict[int, int] = {}

    def record_saved_tensor(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        found[storage.data_ptr()] = 0 if storage.data_ptr() in held else storage.nbytes()
        return tensor

    mixed = torch.autocast("cpu", torch.bfloat16, enabled=half)
    with (
        use_packed_attention(model),
        use_fused_backward(model),
        mixed,
        torch.autograd.graph.saved_tensors_hooks(record_saved_tensor, lambda tensor: tensor),
    ):
        loss = compute_pack_loss(tuned.train(), build_pack(examples, shared))
    assert loss.requires_grad
    return sum(found.values())


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize(
    ("rank", "targets", "dropout"),
    [
        (2, ("q_proj", "v_proj"), 0.0),
        (2, ("q_proj", "v_proj"), 0.1),
        (2, EVERY_MATRIX, 0.0),
        (2, EVERY_MATRIX, 0.1),
        (None, (), 0.0),
    ],
)
def test_activations_are_what_torch_keeps(
    tiny_llama: Path, rank: int | None, targets: tuple[str, ...], dropout: float, precision: Precision
) -> None:
    config, lengths = deeper(tiny_llama, 10), (90, 40, 126)
    geometry = read_geometry(config.to_dict(), "config.json")
    setup = TrainingSetup(geometry, "none", precision, rank, targets, dropout, on_gpu=False)
    kept = count_bytes_kept_by_torch(config, setup, lengths)
    if rank is None and precision == "bf16-mixed":  # the copies of trained matrices, which count among the weights
        kept -= 2 * geometry.linear_parameters() + 2 * geometry.other_parameters()
    assert count_activation_bytes(setup, PackSize(sum(lengths), 1)) == pytest.approx(kept, rel=0.03)


@pytest.mark.parametrize("targets", [("q_proj", "v_proj"), EVERY_MATRIX])
def test_a_shared_beginning_is_kept_once_but_for_attention(tiny_llama: Path, targets: tuple[str, ...]) -> None:
    config, lengths, shared = deeper(tiny_llama, 10), (90, 60, 122), 40
    geometry = read_geometry(config.to_dict(), "config.json")
    setup = TrainingSetup(geometry, "none", "32-true", 2, targets, 0.0, on_gpu=False)
    size = PackSize(sum(lengths) - 2 * shared, 1, 2 * shared)
    assert count_activation_bytes(setup, size) == pytest.approx(
        count_bytes_kept_by_torch(config, setup, lengths, shared), rel=0.03
    )


@pytest.mark.parametrize("rank", [2, None])
def test_norms_of_heads_keep_their_inputs_too(rank: int | None) -> None:
    from transformers import Qwen3Config

    config = Qwen3Config(
        vocab_size=100, hidden_size=64, intermediate_size=128, num_hidden_layers=10, num_attention_heads=4,
        num_key_value_heads=2, head_dim=32, attn_implementation="sdpa",
    )  # fmt: skip
    geometry, targets = read_geometry(config.to_dict(), "config.json"), ("q_proj", "v_proj")
    setup = TrainingSetup(geometry, "none", "32-true", rank, targets, 0.0, on_gpu=False)
    assert count_activation_bytes(setup, PackSize(192, 1)) == pytest.approx(
        count_bytes_kept_by_torch(config, setup, (120, 72)), rel=0.03
    )


def test_parts_sum_to_the_total() -> None:
    found = compute_memory(LLAMA, PackSize(2048, 1200))
    assert sum(found.parts().values()) == found.total
    assert found.adapter == found.gradients == found.optimizer // 2 == 4 * 6_553_600


def test_weights_by_quantisation() -> None:
    matrices = LLAMA.geometry.linear_parameters()
    sizes = [count_weight_bytes(replace(LLAMA, quant=quant)) for quant in ("none", "int8", "nf4")]  # type: ignore[arg-type]
    assert sizes[0][0] == 2 * matrices
    assert sizes[1][0] == pytest.approx(matrices, rel=0.01)
    assert sizes[2][0] == pytest.approx(4.127 / 8 * matrices, rel=0.001)  # Dettmers et al. 2023, section 3: 0.127 bits
    assert len({others for _, others in sizes}) == 1


def test_auto_computes_layers_again_where_the_papers_largest_cell_does_not_fit_else() -> None:
    small, large = (choose_recomputation(LLAMA, 2048, gib * 1024**3) for gib in (24, 80))
    assert (small.recomputes, large.recomputes) == (True, False)
    full_pack = PackSize(2048, 2048)
    assert compute_memory(small, full_pack).total < 0.9 * 24 * 1024**3 < compute_memory(large, full_pack).total


def test_moments_by_optimizer() -> None:
    full = replace(LLAMA, quant="none", rank=None, targets=())
    names = ("adamw", "adamw_8bit", "paged_adamw")
    bytes_each = [
        compute_memory(replace(full, optimizer=name), PackSize(64, 64)).optimizer / full.geometry.parameters()
        for name in names
    ]
    assert bytes_each == pytest.approx([8, 2 + 8 / 256, 0])


@pytest.mark.parametrize("rank", [2, None])
def test_with_recomputation_the_inputs_of_layers_are_kept(tiny_llama: Path, rank: int | None) -> None:
    config, lengths = deeper(tiny_llama, 10), (90, 40, 126)
    geometry = read_geometry(config.to_dict(), "config.json")
    setup = TrainingSetup(geometry, "none", "32-true", rank, EVERY_MATRIX if rank else (), 0.0, on_gpu=False)
    kept = [count_bytes_kept_by_torch(config, setup, lengths, recomputes=recomputes) for recomputes in (True, False)]
    if rank is None:  # the gradient of the head, which counts with the loss
        kept = [size - 4 * geometry.vocab * geometry.hidden for size in kept]
    planned = count_activation_bytes(replace(setup, recomputes=True), PackSize(sum(lengths), 1))
    assert planned == pytest.approx(kept[0] + kept[1] / 10, rel=0.03)


def test_gradients_that_come_as_activations_go_take_no_room_of_their_own() -> None:
    setup = replace(LLAMA, geometry=published("smollm2", "135m"), quant="none", rank=None, targets=())
    several, one = (
        compute_memory(setup, PackSize(4096, 4000)),
        compute_memory(setup, PackSize(4096, 4000), accumulates=False),
    )
    assert (one.gradients, several.gradients) == (0, 4 * 134_515_008)


def test_dequantised_copies_count_where_there_is_room_for_them() -> None:
    seven = replace(LLAMA, geometry=published("llama", "7b"), on_gpu=False)
    matrices = seven.geometry.linear_parameters()
    kept, large, small = (
        compute_memory(replace(seven, machine_bytes=machine), PackSize(512, 256))
        for machine in (None, 40 * 2**30, 24 * 2**30)
    )
    assert kept == large
    assert kept.quantised_weights - small.quantised_weights == 2 * matrices
    assert small.workspace > kept.workspace  # one matrix at a time instead
    assert count_weight_bytes(replace(seven, machine_bytes=1)) == count_weight_bytes(replace(seven, on_gpu=True))


def test_a_mapped_checkpoint_counts_beside_its_quantised_copy_on_a_processor_alone() -> None:
    setup = replace(LLAMA, mapped_bytes=1000, on_gpu=False)
    assert compute_memory(setup, PackSize(16, 8)).mapped_file == 1000
    assert compute_memory(replace(setup, quant="none"), PackSize(16, 8)).mapped_file == 0
    assert compute_memory(replace(setup, on_gpu=True), PackSize(16, 8)).mapped_file == 0


def test_the_peak_is_at_the_pack_that_needs_most() -> None:
    assert compute_peak_memory(LLAMA, [PackSize(100, 90), PackSize(2000, 10), PackSize(300, 20)]) == compute_memory(
        LLAMA, PackSize(2000, 10)
    )
    on_processor = replace(LLAMA, on_gpu=False)
    packs = [PackSize(1000, 90), PackSize(980, 90), PackSize(300, 20)]  # 1,024 and 320 rows
    assert compute_peak_memory(on_processor, packs) == compute_memory(on_processor, packs[0], pack_sizes=2)
    assert compute_peak_memory(on_processor, packs).framework > compute_memory(on_processor, packs[0]).framework


@pytest.mark.parametrize("rank", [8, None])
def test_what_is_sharded_is_divided_and_only_a_few_layers_are_whole(rank: int | None) -> None:
    whole = replace(LLAMA, quant="none", rank=rank, targets=("q_proj", "v_proj") if rank else ())
    alone, eight = (
        compute_memory(whole, PackSize(1024, 600)),
        compute_memory(replace(whole, shards=8), PackSize(1024, 600)),
    )
    weight = 2 if rank else 4
    assert eight.quantised_weights == weight * whole.geometry.linear_parameters() // 8
    assert (alone.optimizer, alone.gathered) == (8 * eight.optimizer, 0)
    assert eight.activations == alone.activations
    # The embedding and the output layer, which stay whole, and less than a tenth of the layers.
    outside = weight * whole.geometry.other_parameters() * (1 if rank else 2)
    assert outside < eight.gathered < outside + whole.geometry.linear_parameters() * weight / 10 * (1 if rank else 2)


def test_a_full_fine_tune_of_13b_fits_eight_80_gb_gpus_and_not_one() -> None:
    full = replace(LLAMA, quant="none", rank=None, targets=())
    assert (
        compute_memory(replace(full, shards=8), PackSize(1024, 1024)).total
        < 80 * 1024**3
        < compute_memory(full, PackSize(1024, 1024)).total
    )

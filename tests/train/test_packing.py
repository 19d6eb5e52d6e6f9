"""Packs and steps: nothing lost, nothing twice, nothing leaks from one record into the next."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaForCausalLM

from hackmentor.model.attention import use_packed_attention
from hackmentor.model.cpu import cross_entropy, padding
from hackmentor.prompts.example import Example
from hackmentor.train.bin_packing import best_fit, bin_pack
from hackmentor.train.module import compute_pack_loss
from hackmentor.train.packing import (
    build_pack,
    build_packs,
    build_step,
    compute_pack_sizes,
    count_shared_prefix,
    deal_records,
    plan_epoch,
    split_pack,
)


def examples(lengths: list[int], seed: int = 0) -> list[Example]:
    generator = torch.Generator().manual_seed(seed)
    made = []
    for number, length in enumerate(lengths):
        ids = torch.randint(3, 400, (length,), generator=generator).tolist()
        made.append(Example(f"r{number}", ids, [place >= length // 2 for place in range(length)]))
    return made


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> LlamaForCausalLM:
    return LlamaForCausalLM.from_pretrained(tiny_llama, attn_implementation="sdpa")


def gradients(model: LlamaForCausalLM, packs: list[list[Example]]) -> tuple[float, dict[str, torch.Tensor]]:
    model.zero_grad()
    with use_packed_attention(model):
        loss = torch.stack([compute_pack_loss(model, build_pack(pack)) for pack in packs]).sum()
    loss.backward()
    return loss.item(), {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_packed_and_unpacked_agree_in_loss_and_gradients(model: LlamaForCausalLM) -> None:
    records = examples([7, 19, 33, 5])
    together, alone = gradients(model, [records]), gradients(model, [[record] for record in records])
    assert together[0] == pytest.approx(alone[0], rel=1e-5)
    for name, gradient in together[1].items():
        torch.testing.assert_close(gradient, alone[1][name], rtol=1e-3, atol=1e-5)


def begun_alike(lengths: list[int], beginning: int) -> list[Example]:
    """Records of these lengths whose first tokens are the same."""
    return [
        Example(one.id, list(range(50, 50 + beginning)) + one.input_ids[beginning:], one.trained)
        for one in examples(lengths)
    ]


def test_a_beginning_that_records_share_is_computed_once_with_the_same_loss_and_gradients(
    model: LlamaForCausalLM,
) -> None:
    records = begun_alike([30, 40, 50, 26], 12)
    alone = gradients(model, [[record] for record in records])
    (pack,) = build_packs(records, 1024)
    assert (pack.prefix, pack.tokens) == (12, 29 + 39 + 49 + 25 - 3 * 12)
    model.zero_grad()
    with use_packed_attention(model):
        loss = compute_pack_loss(model, pack)
    loss.backward()
    assert loss.item() == pytest.approx(alone[0], rel=1e-5)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, alone[1][name], rtol=1e-3, atol=1e-5, msg=name)


def test_what_is_shared_ends_before_a_trained_token_is_predicted() -> None:
    same = [Example(str(number), [5, 6, 7, 8, 9, number], [False] * 4 + [True] * 2) for number in range(3)]
    assert count_shared_prefix(same) == 3
    assert count_shared_prefix([Example("a", [5], [False])] * 2) == 0
    assert count_shared_prefix([Example("a", [5, 6, 7], [True] * 3)] * 2) == 0
    assert count_shared_prefix(begun_alike([170, 180], 12)) == 12
    assert count_shared_prefix(begun_alike([370, 380], 12)) == 0, "too little is saved"


def test_packs_hold_what_goes_through_the_model_and_their_sizes_are_known_before() -> None:
    records = begun_alike([61, 56, 51, 46, 41], 18)
    packs = build_packs(records, 100)
    assert [pack.size for pack in packs] == compute_pack_sizes(records, 100)
    assert [(pack.tokens, pack.size.repeated, len(pack.bounds) - 1) for pack in packs] == [(97, 18, 2), (99, 36, 3)]
    step = build_step(records, 100)
    assert step.tokens == sum(len(record.input_ids) for record in records)


def test_loss_is_that_of_plain_transformers(model: LlamaForCausalLM) -> None:
    (record,) = examples([40])
    labels = torch.tensor([[i if t else -100 for i, t in zip(record.input_ids, record.trained, strict=True)]])
    reference = model(input_ids=torch.tensor([record.input_ids]), labels=labels).loss.item()
    ours = gradients(model, [[record]])[0] / record.trained_tokens
    assert ours == pytest.approx(reference, abs=1e-5)


def test_a_record_does_not_see_its_neighbour(model: LlamaForCausalLM) -> None:
    record = examples([20])[0]
    losses = []
    for seed in (1, 2):
        neighbour = examples([30], seed)[0]
        silent = Example("n", neighbour.input_ids, [False] * 30)
        losses.append(gradients(model, [[silent, record]])[0])
    assert losses[0] == losses[1]


def products(model: LlamaForCausalLM, pack: list[Example]) -> int:
    """How many multiplications and additions of matrix products a pack takes, those of attention among them."""
    with (
        FlopCounterMode(display=False) as counter,
        sdpa_kernel(SDPBackend.MATH),
        use_packed_attention(model),
        torch.inference_mode(),
    ):
        compute_pack_loss(model, build_pack(pack))
    return counter.get_total_flops()


def test_the_cost_of_a_pack_is_that_of_its_records(model: LlamaForCausalLM) -> None:
    # 128 tokens that are computed, and 64 trained ones: nothing needs filling up, alone or together.
    records = [Example(one.id, one.input_ids, [False] * 65 + [True] * 64) for one in examples([129] * 8)]
    assert products(model, records) == sum(products(model, [record]) for record in records)
    # Attention is counted: one record of as many tokens costs more.
    assert products(model, examples([1025])) > products(model, records)


def test_labels_are_the_next_tokens_of_what_is_trained() -> None:
    pack = build_pack([Example("a", [5, 6, 7, 4], [False, True, True, False]), Example("b", [8, 9], [True, True])])
    assert pack.predict_from.tolist() == [0, 1, 2]
    assert pack.labels.tolist() == [6, 7, 9]
    # From a record's last label, and from what comes after it, nothing is predicted: it does not go through the model.
    assert pack.input_ids.tolist() == [[5, 6, 8]]
    assert pack.position_ids.tolist() == [[0, 1, 0]]
    assert pack.bounds == [0, 2, 3]


@pytest.mark.parametrize("devices", [1, 2, 3])
def test_every_record_comes_once_an_epoch(devices: int) -> None:
    steps = plan_epoch(50, 8, seed=1, epoch=0, devices=devices)
    assert sorted(index for step in steps for index in step) == list(range(50))
    assert all(len(step) >= devices for step in steps)


def test_order_follows_seed_and_epoch() -> None:
    assert plan_epoch(50, 8, seed=1, epoch=0) == plan_epoch(50, 8, seed=1, epoch=0)
    assert plan_epoch(50, 8, seed=1, epoch=0) != plan_epoch(50, 8, seed=1, epoch=1)
    assert plan_epoch(50, 8, seed=1, epoch=0) != plan_epoch(50, 8, seed=2, epoch=0)


def test_devices_share_a_step() -> None:
    records = examples([10, 20, 30, 40, 50])
    shares = [build_step(records, 64, rank=rank, devices=2) for rank in range(2)]
    assert sorted(i for share in shares for i in share.record_ids) == [record.id for record in records]
    assert {share.trained_tokens for share in shares} == {sum(record.trained_tokens for record in records)}
    assert all(pack.tokens <= 64 for share in shares for pack in share.packs)


def test_packs_are_as_full_as_their_records_allow() -> None:
    records = [Example(str(length), [7] * (length + 1), [False] * length + [True]) for length in (60, 50, 45, 30, 15)]
    groups = bin_pack(records, 105)
    assert [[record.computed_tokens for record in group] for group in groups] == [[60, 45], [50, 30, 15]]
    draw = random.Random(0)
    for _ in range(50):
        lengths, room = [draw.randint(1, 40) for _ in range(8)], draw.randint(-5, 120)
        places = best_fit(lengths, room)
        fullest = max(
            sum(some) for count in range(9) for some in combinations(lengths, count) if sum(some) <= max(0, room)
        )
        assert places == sorted(set(places))
        assert sum(lengths[place] for place in places) == fullest


def test_a_pack_is_split_between_its_records() -> None:
    records = examples([31, 21, 21, 6])
    parts = split_pack(build_pack(records), 45)
    whole = [build_pack([records[0], records[3]]), build_pack(records[1:3])]
    for part, expected in zip(parts, whole, strict=True):
        assert part.bounds == expected.bounds
        for name in ("input_ids", "position_ids", "predict_from", "labels"):
            assert torch.equal(getattr(part, name), getattr(expected, name)), name
    assert [part.tokens for part in split_pack(build_pack(records), 10)] == [30, 20, 20, 5]


def test_a_pack_with_a_shared_beginning_is_split_too() -> None:
    records = begun_alike([31, 27, 25], 10)
    (pack,) = build_packs(records, 100)
    parts = split_pack(pack, 47)
    whole = [build_pack(records[:2], 10), build_pack(records[2:])]
    for part, expected in zip(parts, whole, strict=True):
        assert part.bounds == expected.bounds
        for name in ("input_ids", "position_ids", "predict_from", "labels"):
            assert torch.equal(getattr(part, name), getattr(expected, name)), name


@pytest.mark.parametrize(("devices", "batch"), [(4, 32), (8, 32), (8, 16)])
def test_devices_have_about_as_many_tokens_to_compute(devices: int, batch: int) -> None:
    draw, slowest = random.Random(0), []
    for _ in range(20):
        lengths = [min(500, round(draw.lognormvariate(5, 0.6))) for _ in range(batch)]
        records = [Example(str(n), [7] * length, [False] + [True] * (length - 1)) for n, length in enumerate(lengths)]
        shares = deal_records(records, devices)
        assert sorted(one.id for share in shares for one in share) == sorted(one.id for one in records)
        loads = [sum(one.computed_tokens for one in share) for share in shares]
        # No dealing can be better than the mean, or than the longest record alone.
        slowest.append(max(loads) / max(sum(loads) / devices, max(lengths) - 1))
    assert sum(slowest) / len(slowest) < 1.12


def test_the_tokens_of_a_step_are_counted_over_all_devices() -> None:
    records = examples([60, 50, 40, 30, 20])
    assert [build_step(records, 64, rank=rank, devices=3).tokens for rank in range(3)] == [200, 200, 200]


def test_a_device_without_a_record_has_a_pack_on_which_nothing_is_trained() -> None:
    steps = [build_step(examples([60]), 64, rank=rank, devices=2) for rank in range(2)]
    assert [len(step.packs) for step in steps] == [1, 1]
    assert (steps[1].packs[0].tokens, len(steps[1].packs[0].labels), steps[1].record_ids) == (1, 0, [])


def test_in_lockstep_every_device_has_as_many_packs() -> None:
    for given in (examples([60, 50, 50, 50]), examples([60])):
        alone = [build_step(given, 64, rank=rank, devices=3) for rank in range(3)]
        steps = [build_step(given, 64, rank=rank, devices=3, lockstep=True) for rank in range(3)]
        assert {len(step.packs) for step in steps} == {max(len(step.packs) for step in alone)}
        for step, before in zip(steps, alone, strict=True):
            added = step.packs[len(before.packs) :]
            assert [pack.bounds for pack in step.packs[: len(before.packs)]] == [pack.bounds for pack in before.packs]
            assert (step.trained_tokens, step.record_ids) == (before.trained_tokens, before.record_ids)
            assert all(len(pack.labels) == 0 and pack.tokens == 1 for pack in added)


def test_a_pack_on_which_nothing_is_trained_has_no_loss_and_a_gradient_of_zero(model: LlamaForCausalLM) -> None:
    loss, found = gradients(model, [[Example("", [0], [False])]])
    assert loss == 0
    assert found.keys() == dict(model.named_parameters()).keys()
    assert not any(gradient.any() for gradient in found.values())


@pytest.mark.parametrize("compiles", [True, False])
def test_packs_are_padded_where_kernels_are_compiled_for_each_size(
    compiles: bool, model: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = gradients(model, [examples([41, 31])])
    for user in (padding, cross_entropy):
        monkeypatch.setattr(user, "uses_onednn_jit", lambda _: compiles)
    sizes: list[int] = []
    hook = model.model.layers[0].register_forward_pre_hook(lambda _, given: sizes.append(given[0].shape[1]))
    with padding.use_padded_packs(model):
        found = gradients(model, [examples([41, 31])])
    hook.remove()
    assert sizes == [128 if compiles else 70]
    assert found[0] == pytest.approx(reference[0], rel=1e-5)
    for name, gradient in found[1].items():
        torch.testing.assert_close(gradient, reference[1][name], rtol=1e-3, atol=1e-5)
    assert "forward" not in vars(model), "the model's own forward is back in its place"

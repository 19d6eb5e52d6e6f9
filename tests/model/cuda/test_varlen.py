"""Attention over a pack in one kernel: what it is given, when it is chosen, and on a GPU what it computes."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from hackmentor.model import attention
from hackmentor.model.attention import packed_attention
from hackmentor.model.cuda import attention as cuda_attention
from hackmentor.model.cuda.attention import attend_varlen, find_form_obstacle, find_varlen_obstacle, lay_records_out

CPU = torch.device("cpu")
BOUNDS = ([0, 7, 8, 20], [5, 12, 13, 30], [0, 9], [4, 9])


def attend_by_layout(states: list[torch.Tensor], cu_seqlens: torch.Tensor, window: tuple[int, int]) -> torch.Tensor:
    """What the kernel computes, by its documentation; states: (tokens, heads, head size)."""
    parts = []
    for start, end in itertools.pairwise(cu_seqlens.tolist()):
        query, key, value = (each[start:end].transpose(0, 1)[None] for each in states)
        is_seen = torch.ones(end - start, end - start, dtype=torch.bool).tril(window[1])
        is_seen = is_seen if window[0] < 0 else is_seen.triu(-window[0])
        output = scaled_dot_product_attention(query, key, value, attn_mask=is_seen, enable_gqa=True)
        parts.append(output[0].transpose(0, 1))
    return torch.cat(parts)


def draw(tokens: int, dtype: torch.dtype = torch.float32, device: torch.device = CPU) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = ((1, 4, tokens, 16), (1, 2, tokens, 16), (1, 2, tokens, 16))
    return [torch.randn(shape, generator=generator).to(device, dtype).requires_grad_() for shape in shapes]


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("window", [None, 3])
def test_with_a_kernel_as_documented_it_is_the_plain_path(
    bounds: list[int], window: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kernel(*states: torch.Tensor, window_size: tuple[int, int], **_: object) -> torch.Tensor:
        query, key, value, seqlens_q, seqlens_k, longest, _ = states
        assert torch.equal(seqlens_q, seqlens_k)
        assert seqlens_q.dtype == torch.int32
        assert longest == int(seqlens_q.diff().max())
        assert all(each.is_contiguous() for each in (query, key, value))
        return attend_by_layout([query, key, value], seqlens_q, window_size)

    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", kernel)
    states = draw(bounds[-1])
    found = attend_varlen(*states, bounds, scaling=None, window=window)
    plain, _ = packed_attention(torch.nn.Module(), *states, None, record_bounds=bounds, sliding_window=window)
    torch.testing.assert_close(found, plain)
    gradients = [torch.autograd.grad(output.square().sum(), states) for output in (found, plain)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_the_layout_repeats_a_shared_prefix_for_each_record() -> None:
    layout = lay_records_out([2, 4, 7], CPU)
    assert layout.rows is not None
    assert layout.kept is not None
    assert layout.rows.tolist() == [0, 1, 2, 3, 0, 1, 4, 5, 6]
    assert layout.rows[layout.kept].tolist() == list(range(7))
    assert layout.cu_seqlens.tolist() == [0, 4, 9]
    assert layout.longest == 5
    assert lay_records_out([2, 4, 7], CPU) is layout  # made once for all layers
    without = lay_records_out([0, 4, 7], CPU)
    assert (without.rows, without.kept, without.cu_seqlens.tolist()) == (None, None, [0, 4, 7])


def test_on_a_processor_the_plain_path_is_chosen_and_named(caplog: pytest.LogCaptureFixture) -> None:
    attention._log_choice.cache_clear()
    states = draw(9, torch.bfloat16)
    assert find_varlen_obstacle(*states, 0.0) == "not on a CUDA device"
    with caplog.at_level("INFO"):
        for _ in range(3):
            packed_attention(torch.nn.Module(), *states, None, record_bounds=[0, 4, 9])
    assert caplog.text.count("a kernel for each record (not on a CUDA device)") == 1


@pytest.mark.parametrize(
    ("dtype", "size", "dropout", "expected"),
    [
        (torch.bfloat16, 16, 0.0, None),
        (torch.float16, 256, 0.0, None),
        (torch.float32, 16, 0.0, "not in half precision"),
        (torch.bfloat16, 512, 0.0, "heads of 512 and 512 features"),
        (torch.bfloat16, 16, 0.1, "dropout of attention weights"),
    ],
)
def test_what_the_kernel_is_not_for_goes_the_plain_way(
    dtype: torch.dtype, size: int, dropout: float, expected: str | None
) -> None:
    states = [torch.empty(1, 2, 3, size, dtype=dtype) for _ in range(3)]
    assert find_form_obstacle(states[0], states[1], states[2], dropout) == expected
    mixed = find_form_obstacle(states[0].float(), states[1], states[2], 0.0)
    assert mixed == "not in half precision"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("window", [None, 3])
def test_the_kernel_computes_as_the_plain_path(bounds: list[int], window: int | None) -> None:
    device = torch.device("cuda")
    states = draw(bounds[-1], torch.bfloat16, device)
    if (obstacle := find_varlen_obstacle(states[0], states[1], states[2], 0.0)) is not None:
        pytest.skip(obstacle)
    found = attend_varlen(*states, bounds, scaling=None, window=window)
    exact = [each.detach().float().requires_grad_() for each in states]
    plain, _ = packed_attention(torch.nn.Module(), *exact, None, record_bounds=bounds, sliding_window=window)
    torch.testing.assert_close(found.float(), plain, rtol=2e-2, atol=2e-2)
    gradients = torch.autograd.grad(found.sum(), states), torch.autograd.grad(plain.sum(), exact)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one.float(), other, rtol=3e-2, atol=3e-2)


def test_each_reason_is_a_sentence_about_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class OnGpu:
        device = torch.device("cuda")

    monkeypatch.setattr(cuda_attention, "_get_capability", lambda _: (7, 5))
    assert find_varlen_obstacle(OnGpu(), OnGpu(), OnGpu(), 0.0) == "compute capability 7.5, the kernel needs 8.0"  # type: ignore[arg-type]
    assert cuda_attention._has_varlen_attention()  # of the torch that is pinned
    monkeypatch.setattr(cuda_attention, "_has_varlen_attention", lambda: False)
    assert "has no variable-length attention" in str(find_varlen_obstacle(OnGpu(), OnGpu(), OnGpu(), 0.0))  # type: ignore[arg-type]

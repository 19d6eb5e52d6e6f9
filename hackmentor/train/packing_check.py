"""Whether records packed together have the losses that they have alone, found by trial on the very model.

Packing is right where a record meets its neighbours in attention alone, and only as far as packed attention computes
what the model asks for. Layers with a state (convolutions, Mamba, linear attention), attention that is code of its own
and masks of another kind are found here, whatever the family is called, before anything is trained or measured.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from weakref import WeakKeyDictionary

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from hackmentor.model.attention import PackingError, use_attention, use_packed_attention
from hackmentor.prompts.example import Example
from hackmentor.runtime.errors import UserError
from hackmentor.train.loss import compute_pack_loss, compute_token_losses, count_vocabulary
from hackmentor.train.packing import Pack, build_pack
from hackmentor.train.trial_mode import CHECKED_WINDOW, list_configs, trial_mode

log = logging.getLogger(__name__)

# In tokens: each longer than two windows, so that a window that is not kept shows, and as few as that allows.
_LENGTHS = (2 * CHECKED_WINDOW + 1, 2 * CHECKED_WINDOW + 4, 2 * CHECKED_WINDOW + 2)

# Rotary embeddings whose angles depend on the longest record of a pack, once that is longer than the model's original
# context; shorter records beside it would be rotated as if they were as long.
_LENGTH_DEPENDENT_ROTATIONS = ("dynamic", "longrope")

# Losses may differ by what rounding does: measured, between two attention functions of transformers, and by so many
# nats. Ten times as many between products of other shapes, and a few times what was measured, on few tokens.
_EXACT = {torch.float32: 1e-4, torch.float16: 4e-3, torch.bfloat16: 3e-2}
_SHAPE_FACTOR, _NOISE_FACTOR = 10.0, 4.0

# What is known of the bases of this process, by the most tokens of a record: adapters change nothing about it.
_known: WeakKeyDictionary[PreTrainedModel, dict[int, bool]] = WeakKeyDictionary()


def is_packing_right(model: PeftModel | PreTrainedModel, max_tokens: int) -> bool:
    """Whether records of up to `max_tokens` tokens may go through a model together; logs it where they may not.

    Nothing of the model is different afterwards, and no random number is drawn.

    Raises:
        UserError: if even a record alone has another loss here than by the model's own forward pass.
    """
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    known = _known.setdefault(base, {})
    if max_tokens not in known:
        with trial_mode(model, base), torch.no_grad():
            fault = _find_rotation_fault(base, max_tokens) or _find_fault(model, base)
        if fault is not None:
            log.info("%s: records go through the model one by one, which is slower: %s", type(base).__name__, fault)
        known[max_tokens] = fault is None
    return known[max_tokens]


def _find_rotation_fault(base: PreTrainedModel, max_tokens: int) -> str | None:
    """Reasoned from the configuration: a trial would need records longer than the original context."""
    for config in list_configs(base):
        rotations = getattr(config, "rope_parameters", None) or {}
        for rotation in [rotations, *rotations.values()]:
            if not isinstance(rotation, dict) or rotation.get("rope_type") not in _LENGTH_DEPENDENT_ROTATIONS:
                continue
            context = rotation.get("original_max_position_embeddings") or config.max_position_embeddings
            if max_tokens > context:
                return f"above {context} tokens, rope_type={rotation['rope_type']} rotates all by the longest in a pack"
    return None


def _find_fault(model: torch.nn.Module, base: PreTrainedModel) -> str | None:
    """Why the records of the check can't be packed, or None.

    Raises:
        UserError: as `is_packing_right`.
    """
    # The last is what else the first one could be.
    *records, other = (_choose_tokens(count_vocabulary(model), *each) for each in enumerate((*_LENGTHS, _LENGTHS[0])))
    # One more that begins as the first one.
    plain = _compute_plain_losses(model, base, [*records, [*records[0], *other[:CHECKED_WINDOW]]])
    *alone, extended = plain
    exact = _EXACT.get(base.dtype, _EXACT[torch.bfloat16])
    tolerance = _SHAPE_FACTOR * exact
    try:
        with use_attention(base, "eager"):
            noise = _compare(torch.cat(_compute_plain_losses(model, base, records)), torch.cat(alone))
        exact, tolerance = exact + noise, tolerance + _NOISE_FACTOR * noise
        _compare_packed(model, base, records, other, torch.cat(alone), exact, tolerance)
        fault = None
    except torch.OutOfMemoryError:
        raise
    # What a model does with attention and arguments that it was not written for may be any of these.
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        fault = next(iter(str(error).splitlines()), type(error).__name__)
    _check_causality(base, alone[0], extended, exact)
    with use_packed_attention(base) if fault is None else nullcontext():
        _check_summed_loss(model, base, records[0], alone[0], tolerance)
    return fault


def _choose_tokens(vocabulary: int, number: int, length: int) -> list[int]:
    """A record of tokens from all over the vocabulary; no two records begin alike."""
    return [(104_729 * (4 * index + number) + 7 * index * index + 11) % vocabulary for index in range(length)]


def _build_pack(records: Sequence[Sequence[int]], device: torch.device) -> Pack:
    trained = [Example("", list(ids), [index > 0 for index in range(len(ids))]) for ids in records]
    return build_pack(trained).to(device)


def _compute_plain_losses(
    model: torch.nn.Module, base: PreTrainedModel, records: Sequence[Sequence[int]]
) -> list[torch.Tensor]:
    """Each record's losses by the model's own forward pass and attention, (tokens - 1,), in a padded batch."""
    width = max(map(len, records))
    rows = [[*ids, *[0] * (width - len(ids))] for ids in records]
    tokens = torch.tensor(rows, device=base.get_input_embeddings().weight.device)
    logits = model(input_ids=tokens, use_cache=False).logits[:, :-1]
    losses = cross_entropy(logits.float().transpose(1, 2), tokens[:, 1:], reduction="none")
    return [row[: len(ids) - 1] for row, ids in zip(losses, records, strict=True)]


def _check_causality(base: PreTrainedModel, losses: torch.Tensor, extended: torch.Tensor, exact: float) -> None:
    """Raises UserError if a record has other losses where other tokens come after it."""
    if not (difference := _compare(losses, extended[: len(losses)])) <= exact:
        raise UserError(
            f"{type(base).__name__} can't be trained here: the loss of a token depends on the tokens after it "
            f"(by {difference:.2g} nats)"
        )


def _compare_packed(
    model: torch.nn.Module,
    base: PreTrainedModel,
    records: Sequence[Sequence[int]],
    other: Sequence[int],
    alone: torch.Tensor,
    exact: float,
    tolerance: float,
) -> None:
    """Raises PackingError if packed records have other losses than alone, or than beside another first record."""
    with use_packed_attention(base):
        losses, beside_other = (
            compute_token_losses(model, _build_pack(each, alone.device)) for each in (records, [other, *records[1:]])
        )
    own = len(other) - 1
    if not (leak := _compare(losses[own:], beside_other[own:])) <= exact:
        raise PackingError(f"packed, the loss of a token depends on the record before its own (by {leak:.2g} nats)")
    if not (difference := _compare(losses, alone)) <= tolerance:
        raise PackingError(f"packed, the loss of a token is not that of its record alone (by {difference:.2g} nats)")


def _check_summed_loss(
    model: torch.nn.Module, base: PreTrainedModel, record: Sequence[int], expected: torch.Tensor, tolerance: float
) -> None:
    """Raises UserError if the loss that training takes is not that of the plain forward pass, (tokens - 1,)."""
    pack = _build_pack([record], expected.device)
    difference = _compare(compute_pack_loss(model, pack), expected.sum()) / len(expected)
    if not difference <= tolerance:
        raise UserError(
            f"{type(base).__name__} can't be trained here: the loss of a record is not that of the model's own forward "
            f"pass (by {difference:.2g} nats a token)"
        )


def _compare(losses: torch.Tensor, others: torch.Tensor) -> float:
    """The largest difference, in nats; not a number where a loss is none."""
    return float((losses - others).abs().max())

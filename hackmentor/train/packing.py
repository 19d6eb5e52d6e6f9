"""Records to optimizer steps: which records make a step, and the packs in which they go through the model."""

from __future__ import annotations

import heapq
import operator
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

from hackmentor.prompts.example import Example
from hackmentor.train.bin_packing import bin_pack

if TYPE_CHECKING:
    import torch


# One token on which nothing is trained: what a device computes when it has no records left.
PADDING_EXAMPLE = Example("", [0], [False])

# As the most tokens of a pack: a record that is longer is a pack of its own.
ONE_RECORD = 1

# Attention copies what it reads where a prefix is shared: worth it where one token in so many is saved.
_MIN_TOKENS_PER_SHARED_TOKEN = 16


class PackSize(NamedTuple):
    """What a pack's memory depends on: tokens that go through the model, trained tokens, and the tokens that attention
    reads again, because each record after the first reads the shared prefix."""

    tokens: int
    trained_tokens: int
    repeated: int = 0


# Not frozen, nor is a step: at bf16-true Lightning makes a copy of what a loader gives, field by field.
@dataclass
class Pack:
    """Several records in one row, without padding.

    input_ids and position_ids are (1, tokens); positions restart at each record. `predict_from` (trained tokens,) holds
    the positions whose next token is trained on, `labels` (trained tokens,) those next tokens. A record ends with the
    last of these positions: its last label, and what comes after, does not go through the model. `bounds` says where
    each record begins, and the end. The tokens before the first bound are a prefix with which all records begin.
    """

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    predict_from: torch.Tensor
    labels: torch.Tensor
    bounds: list[int]

    @property
    def tokens(self) -> int:
        """How many tokens go through the model; none is padding."""
        return self.bounds[-1]

    @property
    def prefix(self) -> int:
        """How many tokens all of its records begin with, which go through the model once."""
        return self.bounds[0]

    @property
    def size(self) -> PackSize:
        """What its memory depends on."""
        return PackSize(self.tokens, len(self.labels), self.prefix * (len(self.bounds) - 2))

    def to(self, device: torch.device) -> Pack:
        """The same pack on another device."""
        moved = {
            name: getattr(self, name).to(device) for name in ("input_ids", "position_ids", "predict_from", "labels")
        }
        return replace(self, **moved)


@dataclass
class Step:
    """What one device does in one optimizer step, pack after pack.

    `trained_tokens` counts over all devices: the loss of a step is the mean over all of its trained tokens, however
    they are spread over packs and devices. `tokens` are those of the records of all devices, computed or not.
    """

    packs: list[Pack]
    tokens: int
    trained_tokens: int
    record_ids: list[str]

    def to(self, device: torch.device, **_: bool) -> Step:
        """The same step on another device (Lightning calls this)."""
        return replace(self, packs=[pack.to(device) for pack in self.packs])


def plan_epoch(record_count: int, batch_size: int, *, seed: int, epoch: int, devices: int = 1) -> list[list[int]]:
    """The record numbers of each optimizer step of an epoch, shuffled. Every record comes exactly once.

    A last step that would leave a device without a record is joined to the one before it.
    """
    order = list(range(record_count))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    steps = [order[start : start + batch_size] for start in range(0, record_count, batch_size)]
    if len(steps) > 1 and len(steps[-1]) < devices:
        steps[-2:] = [steps[-2] + steps[-1]]
    return steps


def build_step(
    examples: Sequence[Example], micro_batch_tokens: int, *, rank: int = 0, devices: int = 1, lockstep: bool = False
) -> Step:
    """Packs this device's share of a step, the longest of its records first.

    A device without a record has a pack on which nothing is trained, as all devices add their gradients up together. In
    `lockstep` every device has as many packs as the one with most: all devices gather a sharded layer together.
    """
    shares = deal_records(examples, devices)
    packs = build_packs(shares[rank], micro_batch_tokens)
    counts = [len(compute_pack_sizes(share, micro_batch_tokens)) for share in shares] if lockstep else [len(packs)]
    return Step(
        packs=packs + [build_pack([PADDING_EXAMPLE])] * (max(1, *counts) - len(packs)),
        tokens=sum(len(example.input_ids) for example in examples),
        trained_tokens=sum(example.trained_tokens for example in examples),
        record_ids=[example.id for example in shares[rank]],
    )


def deal_records(examples: Sequence[Example], devices: int) -> list[list[Example]]:
    """Each device's share of a step's records, of about as many tokens as the others', the longest first.

    Greedy (Graham 1969): the longest record that is left goes to the device with the fewest tokens so far.
    """
    shares: list[list[Example]] = [[] for _ in range(devices)]
    load = [(0, device) for device in range(devices)]
    for example in sorted(examples, key=lambda example: (-len(example.input_ids), example.id)):
        tokens, device = heapq.heappop(load)
        shares[device].append(example)
        heapq.heappush(load, (tokens + example.computed_tokens, device))
    return shares


def count_shared_prefix(examples: Sequence[Example]) -> int:
    """How many tokens all examples begin with; 0 where computing them once would save next to nothing.

    Usually a system prompt, or the template's text before an instruction. Its last token must not be one from which a
    trained token is predicted: that token differs from example to example, and so would have a loss for each.
    """
    if len(examples) < 2:
        return 0
    common = takewhile(
        lambda tokens: len(set(tokens)) == 1, zip(*(example.input_ids for example in examples), strict=False)
    )
    untrained = (sum(1 for _ in takewhile(operator.not_, example.trained)) for example in examples)
    shared = max(0, min(sum(1 for _ in common), min(untrained) - 1))
    return shared if shared * _MIN_TOKENS_PER_SHARED_TOKEN * len(examples) >= _count_computed_tokens(examples) else 0


def build_packs(examples: Sequence[Example], max_tokens: int) -> list[Pack]:
    """The examples in packs of at most `max_tokens`, with their shared prefix once in each pack."""
    shared = count_shared_prefix(examples)
    return [build_pack(group, shared) for group in bin_pack(examples, max_tokens, shared)]


def compute_pack_sizes(examples: Sequence[Example], max_tokens: int) -> list[PackSize]:
    """The sizes of the packs that `build_packs` makes of the examples, without torch."""
    shared = count_shared_prefix(examples)
    return [_compute_pack_size(group, shared) for group in bin_pack(examples, max_tokens, shared)]


def _compute_pack_size(group: Sequence[Example], prefix: int) -> PackSize:
    repeated = prefix * (len(group) - 1)
    return PackSize(
        _count_computed_tokens(group) - repeated, sum(example.trained_tokens for example in group), repeated
    )


def _count_computed_tokens(examples: Sequence[Example]) -> int:
    return sum(example.computed_tokens for example in examples)


def build_pack(examples: Sequence[Example], prefix: int = 0) -> Pack:
    """One row of tokens out of several examples, whose first `prefix` tokens are the same in all and untrained."""
    import torch  # here alone: `hackmentor plan` packs without it

    prefix = prefix if len(examples) > 1 else 0
    ids = examples[0].input_ids[:prefix]
    positions = list(range(prefix))
    predict_from: list[int] = []
    labels: list[int] = []
    bounds = [prefix]
    for example in examples:
        offset, computed = len(ids) - prefix, example.computed_tokens
        targets = [index for index, trained in enumerate(example.trained) if trained and index > 0]
        predict_from += [offset + index - 1 for index in targets]
        labels += [example.input_ids[index] for index in targets]
        ids += example.input_ids[prefix:computed]
        positions += range(prefix, computed)
        bounds.append(len(ids))
    predict_from_ids, label_ids = (torch.tensor(indexes, dtype=torch.long) for indexes in (predict_from, labels))
    return Pack(torch.tensor([ids]), torch.tensor([positions]), predict_from_ids, label_ids, bounds)


def split_pack(pack: Pack, max_tokens: int) -> list[Pack]:
    """The records of a pack in packs of at most `max_tokens`; a longer record is a pack of its own."""
    if pack.tokens <= max_tokens or len(pack.bounds) == 2:
        return [pack]
    groups = bin_pack(_recover_examples(pack), max_tokens, pack.prefix)
    return [build_pack(group, pack.prefix).to(pack.input_ids.device) for group in groups]


def _recover_examples(pack: Pack) -> list[Example]:
    """The examples of a pack, up to the last trained token of each."""
    ids, shared = pack.input_ids[0].tolist(), pack.prefix
    label_after = dict(zip(pack.predict_from.tolist(), pack.labels.tolist(), strict=True))
    records = []
    for start, end in pairwise(pack.bounds):
        last = [label_after[end - 1]] if end - 1 in label_after else []
        tokens = [*ids[:shared], *ids[start:end], *last]
        trained = [False] * (shared + 1) + [index in label_after for index in range(start, end)]
        records.append(Example("", tokens, trained[: len(tokens)]))
    return records

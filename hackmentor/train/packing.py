"""Records to optimizer steps: which records make a step, and which of them go through the model together."""

from __future__ import annotations

import operator
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

from hackmentor.prompts.example import Example

if TYPE_CHECKING:
    import torch


# A token of which nothing is trained on: what a device that has no more records goes along with.
_IDLE = Example("", [0], [False])

# Attention copies what it reads where a beginning is shared: worth it where one token in so many is saved.
_WORTH_SHARING = 16


class PackSize(NamedTuple):
    """What a pack's memory depends on: tokens that go through the model, trained tokens, and how many tokens attention
    sees beyond the first, since each record reads the beginning that all share."""

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
    each record begins, and the end. What comes before the first of them is there once for all: each begins with it.
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
    def shared(self) -> int:
        """How many tokens all of its records begin with, which go through the model once."""
        return self.bounds[0]

    @property
    def size(self) -> PackSize:
        """What its memory depends on."""
        return PackSize(self.tokens, len(self.labels), self.shared * (len(self.bounds) - 2))

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
    they are spread over packs and devices. `tokens` are those of this device's records, computed or not.
    """

    packs: list[Pack]
    tokens: int
    trained_tokens: int
    record_ids: list[str]

    def to(self, device: torch.device, **_: bool) -> Step:
        """The same step on another device (Lightning calls this)."""
        return replace(self, packs=[pack.to(device) for pack in self.packs])


def plan_epoch(records: int, batch_size: int, *, seed: int, epoch: int, devices: int = 1) -> list[list[int]]:
    """The record numbers of each optimizer step of an epoch, shuffled. Every record comes exactly once.

    A last step that would leave a device without a record is joined to the one before it.
    """
    order = list(range(records))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    steps = [order[start : start + batch_size] for start in range(0, records, batch_size)]
    if len(steps) > 1 and len(steps[-1]) < devices:
        steps[-2:] = [steps[-2] + steps[-1]]
    return steps


def make_step(
    examples: Sequence[Example], micro_batch_tokens: int, *, rank: int = 0, devices: int = 1, lockstep: bool = False
) -> Step:
    """Packs this device's share of a step, the longest of its records first.

    In `lockstep` every device has as many packs as the one with most: a sharded layer computes where all gather it.
    """
    by_length = sorted(examples, key=lambda example: (-len(example.input_ids), example.id))
    shares = [by_length[other::devices] for other in range(devices)]
    packs = in_packs(shares[rank], micro_batch_tokens)
    passes = max(len(sizes(share, micro_batch_tokens)) for share in shares) if lockstep else len(packs)
    return Step(
        packs=packs + [make_pack([_IDLE])] * (passes - len(packs)),
        tokens=sum(len(example.input_ids) for example in shares[rank]),
        trained_tokens=sum(example.trained_tokens for example in examples),
        record_ids=[example.id for example in shares[rank]],
    )


def shared_beginning(examples: Sequence[Example]) -> int:
    """How many tokens all of these begin with; 0 where computing them once would save next to nothing.

    A system prompt, or the template's words before an instruction. What follows differs, so the last one of them may
    not be the place from which a trained token is predicted: then it would have a loss for each of them.
    """
    if len(examples) < 2:
        return 0
    begun_alike = takewhile(
        lambda tokens: len(set(tokens)) == 1, zip(*(one.input_ids for one in examples), strict=False)
    )
    untrained = (sum(1 for _ in takewhile(operator.not_, one.trained)) for one in examples)
    shared = max(0, min(sum(1 for _ in begun_alike), min(untrained) - 1))
    return shared if shared * _WORTH_SHARING * len(examples) >= _length(examples) else 0


def in_packs(examples: Sequence[Example], most: int) -> list[Pack]:
    """The examples in packs of at most so many tokens, what all begin with once in each."""
    shared = shared_beginning(examples)
    return [make_pack(group, shared) for group in together(examples, most, shared)]


def sizes(examples: Sequence[Example], most: int) -> list[PackSize]:
    """The sizes of the packs that `in_packs` makes of the examples, without torch."""
    shared = shared_beginning(examples)
    return [_size(group, shared) for group in together(examples, most, shared)]


def _size(group: Sequence[Example], shared: int) -> PackSize:
    repeated = shared * (len(group) - 1)
    return PackSize(_length(group) - repeated, sum(example.trained_tokens for example in group), repeated)


def together(examples: Sequence[Example], most: int, shared: int = 0) -> list[list[Example]]:
    """Groups of at most so many tokens: each time the first that is left, and those that fill up what it leaves.

    The first `shared` tokens, the same in all, count once a group. Minimum bin slack (Gupta & Ho 1999).
    """
    left = [(example, example.computed_tokens - shared) for example in examples]
    groups: list[list[Example]] = []
    while left:
        first, own = left.pop(0)
        places = _filling([length for _, length in left], most - shared - own)
        groups.append([first, *(left[place][0] for place in places)])
        for place in reversed(places):
            del left[place]
    return groups


def _filling(lengths: Sequence[int], room: int) -> list[int]:
    """The places, ascending, of lengths whose sum is as close to the room as any sum gets that is not above it."""
    if room <= 0:
        return []
    # Bit n of the last of these: some of the lengths so far have the sum n.
    sums = [1]
    for length in lengths:
        sums.append(sums[-1] | sums[-1] << length & (2 << room) - 1)
        if sums[-1] >> room:
            break
    total, places = sums[-1].bit_length() - 1, []
    for place in reversed(range(len(sums) - 1)):
        if not sums[place] >> total & 1:
            places.append(place)
            total -= lengths[place]
    return places[::-1]


def _length(examples: Sequence[Example]) -> int:
    return sum(example.computed_tokens for example in examples)


def make_pack(examples: Sequence[Example], shared: int = 0) -> Pack:
    """One row of tokens out of several records, of which the first `shared` are the same in all and untrained."""
    import torch  # here alone: `hackmentor plan` packs without it

    shared = shared if len(examples) > 1 else 0
    ids = examples[0].input_ids[:shared]
    positions = list(range(shared))
    predict_from: list[int] = []
    labels: list[int] = []
    bounds = [shared]
    for example in examples:
        begins, computed = len(ids) - shared, example.computed_tokens
        said = [place for place, trained in enumerate(example.trained) if trained and place > 0]
        predict_from += [begins + place - 1 for place in said]
        labels += [example.input_ids[place] for place in said]
        ids += example.input_ids[shared:computed]
        positions += range(shared, computed)
        bounds.append(len(ids))
    where, following = (torch.tensor(numbers, dtype=torch.long) for numbers in (predict_from, labels))
    return Pack(torch.tensor([ids]), torch.tensor([positions]), where, following, bounds)


def split(pack: Pack, most: int) -> list[Pack]:
    """The records of a pack in packs of at most so many tokens; a longer record is a pack of its own."""
    if pack.tokens <= most or len(pack.bounds) == 2:
        return [pack]
    groups = together(_records(pack), most, pack.shared)
    return [make_pack(group, pack.shared).to(pack.input_ids.device) for group in groups]


def _records(pack: Pack) -> list[Example]:
    """What a pack was made of, less what comes after the last trained token of each."""
    ids, shared = pack.input_ids[0].tolist(), pack.shared
    following = dict(zip(pack.predict_from.tolist(), pack.labels.tolist(), strict=True))
    records = []
    for start, end in pairwise(pack.bounds):
        last = [following[end - 1]] if end - 1 in following else []
        tokens = [*ids[:shared], *ids[start:end], *last]
        trained = [False] * (shared + 1) + [place in following for place in range(start, end)]
        records.append(Example("", tokens, trained[: len(tokens)]))
    return records

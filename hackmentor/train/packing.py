"""Records to optimizer steps: which records make a step, and which of them go through the model together."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hackmentor.train.examples import Example

if TYPE_CHECKING:
    import torch


# A token of which nothing is trained on: what a device that has no more records goes along with.
_IDLE = Example("", [0], [False])


# Not frozen, nor is a step: at bf16-true Lightning makes a copy of what a loader gives, field by field.
@dataclass
class Pack:
    """Several records in one row, without padding.

    input_ids and position_ids are (1, tokens); positions restart at each record. `predict_from` (trained tokens,) holds
    the positions whose next token is trained on, `labels` (trained tokens,) those next tokens. `bounds` says where each
    record begins, and the end.
    """

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    predict_from: torch.Tensor
    labels: torch.Tensor
    bounds: list[int]

    @property
    def tokens(self) -> int:
        """How many tokens the pack holds; none is padding."""
        return self.bounds[-1]

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
    they are spread over packs and devices.
    """

    packs: list[Pack]
    trained_tokens: int
    record_ids: list[str]

    @property
    def tokens(self) -> int:
        """How many tokens this device sees in this step."""
        return sum(pack.tokens for pack in self.packs)

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
    """Packs this device's share of a step, longest first (with `together`: first-fit decreasing).

    In `lockstep` every device has as many packs as the one with most: a sharded layer computes where all gather it.
    """
    by_length = sorted(examples, key=lambda example: (-len(example.input_ids), example.id))
    shares = [by_length[other::devices] for other in range(devices)]
    packs = [make_pack(pack) for pack in together(shares[rank], micro_batch_tokens)]
    passes = max(len(together(share, micro_batch_tokens)) for share in shares) if lockstep else len(packs)
    return Step(
        packs=packs + [make_pack([_IDLE])] * (passes - len(packs)),
        trained_tokens=sum(example.trained_tokens for example in examples),
        record_ids=[example.id for example in shares[rank]],
    )


def together(examples: Sequence[Example], most: int) -> list[list[Example]]:
    """Groups of at most so many tokens: each example goes into the first group with room, in the order given."""
    groups: list[list[Example]] = []
    for example in examples:
        room = (group for group in groups if _length(group) + len(example.input_ids) <= most)
        if (group := next(room, None)) is None:
            groups.append([example])
        else:
            group.append(example)
    return groups


def _length(examples: Sequence[Example]) -> int:
    return sum(len(example.input_ids) for example in examples)


def make_pack(examples: Sequence[Example]) -> Pack:
    """One row of tokens out of several records."""
    import torch  # here alone: `hackmentor plan` packs without it

    ids: list[int] = []
    positions: list[int] = []
    predict_from: list[int] = []
    bounds = [0]
    for example in examples:
        predict_from += [len(ids) + place - 1 for place, trained in enumerate(example.trained) if trained and place > 0]
        ids += example.input_ids
        positions += range(len(example.input_ids))
        bounds.append(len(ids))
    row = torch.tensor(ids)
    where = torch.tensor(predict_from, dtype=torch.long)
    return Pack(row[None], torch.tensor(positions)[None], where, row[where + 1], bounds)


def split(pack: Pack, most: int) -> list[Pack]:
    """The records of a pack in packs of at most so many tokens; a longer record is a pack of its own."""
    if pack.tokens <= most or len(pack.bounds) == 2:
        return [pack]
    ids, trained = pack.input_ids[0].tolist(), [False] * pack.tokens
    for place in pack.predict_from.tolist():
        trained[place + 1] = True
    records = [Example("", ids[a:b], trained[a:b]) for a, b in itertools.pairwise(pack.bounds)]
    return [make_pack(group).to(pack.input_ids.device) for group in together(records, most)]

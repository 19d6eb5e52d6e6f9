"""The length of a cell's records in tokens, counted or estimated from words, and the steps and packs they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count, islice
from pathlib import Path

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import (
    EncodingReport,
    OverlengthPolicy,
    apply_cutoff,
    encode_record,
    split_into_turns,
    truncate_example,
)
from hackmentor.prompts.example import Example
from hackmentor.records.record import Record, read_records
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.errors import UserError
from hackmentor.train.packing import PackSize, compute_pack_sizes, deal_records, plan_epoch

# Tokens per word of our iio set, template included, with the tokenizer of SmolLM2: 4,741,026 tokens of 2,511,062 words.
TOKENS_PER_WORD = 1.89

# Steps that are packed to find the largest pack; more steps hardly find a larger one.
_PACKED_STEPS = 400


@dataclass(frozen=True)
class RecordSample:
    """An even sample of `record_count` records as `examples` of token ids, `tokenized` or else estimated.

    Where the template makes each turn of a dialogue an example of its own, turns count as records.

    `records` and `template` are what was tokenised, needed to split a dialogue over the cutoff between exchanges.
    """

    record_count: int
    examples: tuple[Example, ...]
    tokenized: bool
    records: tuple[Record, ...] = ()
    template: ChatTemplate | None = None

    def apply_cutoff(self, cutoff: int, overlength: OverlengthPolicy) -> list[Example]:
        """Cuts, splits or drops examples over the cutoff as training would; raises UserError if overlength=error."""
        if self.template is None:
            kept = (_apply_cutoff_to_estimate(example, cutoff, overlength) for example in self.examples)
            return [example for example in kept if example is not None]
        pairs, report = zip(self.records, self.examples, strict=True), EncodingReport()
        return [
            part
            for record, example in pairs
            for part in apply_cutoff(record, example, self.template, cutoff, overlength, report)
        ]


@dataclass(frozen=True)
class Workload:
    """Steps and tokens of a training run; `packs` are its distinct pack sizes. The JSON output has the same names."""

    records: int
    steps: int
    tokens: int
    computed_tokens: int
    """Tokens that go through the model: a prefix shared in a pack counts once, a record's last token not at all."""
    trained_tokens: int
    squares: float
    """Sum of the squared lengths of all records, to which the cost of attention is proportional."""
    packs: tuple[PackSize, ...]
    accumulates: bool
    """Whether a step accumulates the gradients of several packs."""
    exact: bool
    """Whether every record was tokenised and every step packed."""


@lru_cache(maxsize=8)
def _read_records_cached(file: Path) -> list[Record]:
    return read_records(file)


@lru_cache(maxsize=16)
def sample_records(
    file: Path, template: ChatTemplate | None, *, max_records: int | None, seed: int, sample_size: int | None
) -> RecordSample:
    """Tokenises an even sample of at most `sample_size` of the training records; estimates them without a template.

    Raises:
        UserError: if the file can't be read, or no token of a record would be trained on.
    """
    records = sample_evenly(_read_records_cached(file), max_records, seed)
    chosen = sample_evenly(records, sample_size, seed)
    if template is None:
        return RecordSample(len(records), tuple(map(_estimate_example, chosen, count())), tokenized=False)
    turns = [turn for record in chosen for turn in split_into_turns(record, template)]
    if not turns:
        raise UserError("train.tool_calls leaves none of the records to train on")
    examples = tuple(encode_record(turn, template) for turn in turns)
    count_of_all = round(len(records) * len(turns) / len(chosen))
    return RecordSample(count_of_all, examples, tokenized=True, records=tuple(turns), template=template)


def _apply_cutoff_to_estimate(example: Example, cutoff: int, overlength: OverlengthPolicy) -> Example | None:
    """Drops or truncates an estimated example over the cutoff: where a dialogue could be split is not known."""
    if len(example.input_ids) <= cutoff:
        return example
    return None if overlength == "drop" else truncate_example(example, cutoff)


def _estimate_example(record: Record, token_id: int) -> Example:
    """An example of as many tokens as its words suggest, the assistant's last; its `token_id` keeps it distinct."""
    words = [(message["role"], len(message["content"].split())) for message in record.to_conversation()]
    tokens = max(2, round(TOKENS_PER_WORD * sum(word_count for _, word_count in words)))
    assistant_tokens = round(TOKENS_PER_WORD * sum(word_count for role, word_count in words if role == "assistant"))
    trained = min(tokens - 1, max(1, assistant_tokens))
    return Example(record.id, [token_id] * tokens, [False] * (tokens - trained) + [True] * trained)


def count_workload(
    sample: RecordSample,
    *,
    cutoff: int,
    overlength: OverlengthPolicy,
    batch_size: int,
    micro_batch_tokens: int,
    epochs: int,
    max_steps: int,
    devices: int,
    seed: int,
) -> Workload | None:
    """Counts the steps and tokens of a whole training run over all devices; None if the cutoff leaves no record.

    Raises:
        UserError: if a record is over the cutoff and overlength=error.
    """
    kept = sample.apply_cutoff(cutoff, overlength)
    if not kept:
        return None
    weight = sample.record_count / len(sample.examples)
    records = max(1, round(len(kept) * weight))
    steps_per_epoch = len(plan_epoch(records, batch_size, seed=seed, epoch=0, devices=devices))
    steps = epochs * steps_per_epoch if max_steps < 0 else min(epochs * steps_per_epoch, max_steps)
    repeats = steps / steps_per_epoch * weight  # how often each example of the sample counts
    packed = min(steps, _PACKED_STEPS)
    packs_by_step = list(_iterate_packs(kept, batch_size, micro_batch_tokens, devices=devices, steps=packed, seed=seed))
    all_packs = [pack for packs in packs_by_step for pack in packs]
    repeated_share = sum(pack.repeated for pack in all_packs) / sum(pack.tokens + pack.repeated for pack in all_packs)
    tokens = sum(len(example.input_ids) for example in kept) * repeats
    return Workload(
        records=records,
        steps=steps,
        tokens=round(tokens),
        computed_tokens=round(sum(example.computed_tokens for example in kept) * repeats * (1 - repeated_share)),
        trained_tokens=round(sum(example.trained_tokens for example in kept) * repeats),
        squares=sum(example.computed_tokens**2 for example in kept) * repeats,
        packs=tuple(sorted(set(all_packs))),
        accumulates=any(len(packs) > 1 for packs in packs_by_step),
        exact=sample.tokenized and len(sample.examples) == sample.record_count and packed == steps,
    )


def _iterate_packs(
    examples: Sequence[Example], batch_size: int, micro_batch_tokens: int, *, devices: int, steps: int, seed: int
) -> Iterator[list[PackSize]]:
    """Yields the packs of each of the first device's first steps, packed as in training."""
    epochs = (plan_epoch(len(examples), batch_size, seed=seed, epoch=epoch, devices=devices) for epoch in count())
    for step in islice(chain.from_iterable(epochs), steps):
        yield compute_pack_sizes(deal_records([examples[index] for index in step], devices)[0], micro_batch_tokens)

"""The records of a cell in tokens: counted with the base's tokenizer, or estimated from words where it is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count, islice
from pathlib import Path

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import EncodingReport, Overlength, encode_record, fit, truncate
from hackmentor.prompts.example import Example
from hackmentor.records.record import Record, read_records
from hackmentor.records.sample import even_sample
from hackmentor.train.packing import PackSize, plan_epoch, sizes

# Tokens a word of our iio set, template included, with the tokenizer of SmolLM2: 4,741,026 tokens of 2,511,062 words.
TOKENS_A_WORD = 1.89

# So many steps are packed to find the largest pack; more find hardly a larger one.
_STEPS_PACKED = 400


@dataclass(frozen=True)
class Sampled:
    """Whole records as tokens, `examples` standing evenly for `records` of them; `counted` or else estimated.

    `texts` and `template` are what they were counted from: a dialogue over the cutoff is split between exchanges.
    """

    records: int
    examples: tuple[Example, ...]
    counted: bool
    texts: tuple[Record, ...] = ()
    template: ChatTemplate | None = None

    def fitted(self, cutoff: int, overlength: Overlength) -> list[Example]:
        """What training would make of the examples. Raises UserError for one over the cutoff if overlength=error."""
        if self.template is None:
            kept = (one if len(one.input_ids) <= cutoff else _cut(one, cutoff, overlength) for one in self.examples)
            return [one for one in kept if one is not None]
        pairs, report = zip(self.texts, self.examples, strict=True), EncodingReport()
        return [part for text, one in pairs for part in fit(text, one, self.template, cutoff, overlength, report)]


@dataclass(frozen=True)
class Work:
    """What training does. `packs` are the sizes of what goes through the model at once."""

    records: int
    steps: int
    tokens: int
    computed_tokens: int
    """Of these go through the model: what the records of a pack begin with alike does so once, a record's end never."""
    trained_tokens: int
    squares: float
    """The sum of the squares of all records' lengths, which attention takes."""
    packs: tuple[PackSize, ...]
    accumulates: bool
    """Whether a step has several packs."""
    exact: bool


@lru_cache(maxsize=8)
def _read(file: Path) -> list[Record]:
    return read_records(file)


@lru_cache(maxsize=16)
def sampled(
    file: Path, template: ChatTemplate | None, *, max_records: int | None, seed: int, most: int | None
) -> Sampled:
    """The records that training sees, an even sample of at most so many of them as tokens.

    Raises:
        UserError: if the file can't be read, or the template marks nothing in a record.
    """
    records = even_sample(_read(file), max_records, seed)
    chosen = even_sample(records, most, seed)
    if template is None:
        return Sampled(len(records), tuple(map(_estimated, chosen, count())), counted=False)
    examples = tuple(encode_record(record, template) for record in chosen)
    return Sampled(len(records), examples, counted=True, texts=tuple(chosen), template=template)


def _cut(whole: Example, cutoff: int, overlength: Overlength) -> Example | None:
    """An estimated example over the cutoff: where a dialogue could be split is not known, so it counts as cut."""
    return None if overlength == "drop" else truncate(whole, cutoff)


def _estimated(record: Record, number: int) -> Example:
    """As many tokens as its words suggest, those of the assistant at the end; none that other records have."""
    words = [(message["role"], len(message["content"].split())) for message in record.conversation()]
    tokens = max(2, round(TOKENS_A_WORD * sum(number for _, number in words)))
    said = round(TOKENS_A_WORD * sum(number for role, number in words if role == "assistant"))
    trained = min(tokens - 1, max(1, said))
    return Example(record.id, [number] * tokens, [False] * (tokens - trained) + [True] * trained)


def work(
    found: Sampled,
    *,
    cutoff: int,
    overlength: Overlength,
    batch_size: int,
    micro_batch_tokens: int,
    epochs: int,
    max_steps: int,
    devices: int,
    seed: int,
) -> Work | None:
    """The steps and tokens of a whole fit, over all devices; None where the cutoff leaves no record.

    Raises:
        UserError: if a record is over the cutoff and overlength=error.
    """
    kept = found.fitted(cutoff, overlength)
    if not kept:
        return None
    share = found.records / len(found.examples)
    records = max(1, round(len(kept) * share))
    epoch = len(plan_epoch(records, batch_size, seed=seed, epoch=0, devices=devices))
    steps = epochs * epoch if max_steps < 0 else min(epochs * epoch, max_steps)
    rounds = steps / epoch * share  # how often each record of the sample counts
    packed = min(steps, _STEPS_PACKED)
    by_step = list(_packs(kept, batch_size, micro_batch_tokens, devices=devices, steps=packed, seed=seed))
    every = [pack for packs in by_step for pack in packs]
    repeated = sum(pack.repeated for pack in every) / sum(pack.tokens + pack.repeated for pack in every)
    tokens = sum(len(one.input_ids) for one in kept) * rounds
    return Work(
        records=records,
        steps=steps,
        tokens=round(tokens),
        computed_tokens=round(sum(one.computed_tokens for one in kept) * rounds * (1 - repeated)),
        trained_tokens=round(sum(one.trained_tokens for one in kept) * rounds),
        squares=sum(one.computed_tokens**2 for one in kept) * rounds,
        packs=tuple(sorted(set(every))),
        accumulates=any(len(packs) > 1 for packs in by_step),
        exact=found.counted and len(found.examples) == found.records and packed == steps,
    )


def _packs(
    examples: Sequence[Example], batch_size: int, most: int, *, devices: int, steps: int, seed: int
) -> Iterator[list[PackSize]]:
    """Yields the packs of the first device's first steps, made as training makes them."""
    epochs = (plan_epoch(len(examples), batch_size, seed=seed, epoch=epoch, devices=devices) for epoch in count())
    for step in islice(chain.from_iterable(epochs), steps):
        longest_first = sorted((examples[place] for place in step), key=lambda one: (-len(one.input_ids), one.id))
        yield sizes(longest_first[::devices], most)

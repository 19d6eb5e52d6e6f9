"""What a curator looks at: how much is recited, repeated and alike, how answers begin, how long they are."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.refine.minhash import HASH_MULTIPLIER, WORD
from hackmentor.data.refine.ngrams import NGRAM_SIZE
from hackmentor.data.refine.recital import CODE_BLOCK, iter_sentence_keys, join_answers
from hackmentor.data.sources.catalogue import Catalogue
from hackmentor.records.dataset_card import TextStats
from hackmentor.records.record import Record

MAX_RECORDS = 20_000
"""Of more records those of the lowest ranks are measured."""
MIN_REPEATS = 3
HYPOTHESES, REFERENCES, SAMPLES = 200, 50, 8
TOP_OPENINGS = 50
OPENING_WORDS = 3
CASED_ID = re.compile(r"\b(?:CWE-\d+|CVE-\d+-\d+|[TMGSC]\d{4}(?:\.\d{3})?|\d+)\b")


@dataclass(frozen=True, slots=True)
class MeasuredRecord:
    """What is measured of one record."""

    source: str
    task: str
    has_input: bool
    words: tuple[str, ...]
    """Of the answers, in small letters."""
    recited: int
    """How many of the words stand in a run of 13 that a catalogue has verbatim."""
    sentences: frozenset[str]
    opening: str


class CatalogueNgrams:
    """The word 13-grams of catalogues, as sorted 64-bit hashes; they hold for this process only."""

    def __init__(self, catalogues: Iterable[Catalogue]) -> None:
        hashed = [catalogue.compute_once(_hash_catalogue) for catalogue in catalogues]
        self._hashes = np.unique(np.concatenate(hashed)) if hashed else np.empty(0, dtype=np.uint64)

    def count_recited(self, words: Sequence[str]) -> int:
        """How many of the words stand in a 13-gram of the catalogues."""
        hashes = _hash_ngrams(words)
        if not len(hashes) or not len(self._hashes):
            return 0
        places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        covered = np.zeros(len(words), dtype=np.bool_)
        for start in np.flatnonzero(self._hashes[places] == hashes).tolist():
            covered[start : start + NGRAM_SIZE] = True
        return int(covered.sum())


def _hash_catalogue(catalogue: Catalogue) -> NDArray[np.uint64]:
    hashed = [_hash_ngrams(WORD.findall(text.lower())) for text in catalogue.iter_texts()]
    return np.unique(np.concatenate(hashed)) if hashed else np.empty(0, dtype=np.uint64)


def _hash_ngrams(words: Sequence[str]) -> NDArray[np.uint64]:
    count = len(words) - NGRAM_SIZE + 1
    if count < 1:
        return np.empty(0, dtype=np.uint64)
    hashes = np.fromiter(map(hash, words), dtype=np.int64, count=len(words)).view(np.uint64)
    result = np.zeros(count, dtype=np.uint64)
    for offset in range(NGRAM_SIZE):
        result = result * HASH_MULTIPLIER + hashes[offset : offset + count]
    return result


def measure_record(record: Record, ngrams: CatalogueNgrams) -> MeasuredRecord:
    """The measures of what the assistant says in a record, blocks of code aside: a fix is code and no recital."""
    answers = CODE_BLOCK.sub("\n", join_answers(record))
    words = tuple(WORD.findall(answers.lower()))
    masked = CASED_ID.sub("#", answers).lower().split(None, OPENING_WORDS)[:OPENING_WORDS]
    return MeasuredRecord(
        source=record.source,
        task=record.task,
        has_input=bool(record.input) or record.shape == "turn",
        words=words,
        recited=ngrams.count_recited(words),
        sentences=frozenset(iter_sentence_keys(answers)),
        opening=" ".join(masked),
    )


def summarise_text(records: Sequence[MeasuredRecord]) -> dict[str, TextStats]:
    """The measures over all records, which stand in random order, by source and by task.

    A sentence counts as repeated over all of them.
    """
    repeats = Counter(sentence for record in records for sentence in record.sentences)
    groups: dict[str, list[MeasuredRecord]] = {"all": list(records)}
    for record in records:
        groups.setdefault(f"source {record.source}", []).append(record)
    for record in records:
        groups.setdefault(f"task {record.task}", []).append(record)
    return {
        name: _summarise_group(group, repeats, SAMPLES if name == "all" else 1)
        for name, group in sorted(groups.items())
    }


def _summarise_group(records: Sequence[MeasuredRecord], repeats: Counter[str], samples: int) -> TextStats:
    lengths = np.array([len(record.words) for record in records])
    occurrences = sum(len(record.sentences) for record in records)
    repeated = sum(repeats[sentence] >= MIN_REPEATS for record in records for sentence in record.sentences)
    openings = Counter(record.opening for record in records).most_common(TOP_OPENINGS)
    low, median, high = (int(value) for value in np.percentile(lengths, (5, 50, 95)))
    return TextStats(
        records=len(records),
        with_input=_share(sum(record.has_input for record in records), len(records)),
        words_p5=low,
        words_median=median,
        words_p95=high,
        catalogue_share=_share(sum(record.recited for record in records), int(lengths.sum())),
        repeated_sentences=_share(repeated, occurrences),
        self_bleu=round(compute_self_bleu([record.words for record in records], samples), 3),
        top_openings=_share(sum(count for _, count in openings), len(records)),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def compute_self_bleu(texts: Sequence[Sequence[str]], max_samples: int = SAMPLES, size: int = 4) -> float:
    """The mean BLEU-4 of 200 texts, each against 50 others: 0 alike in nothing, 1 in everything.

    Texts in random order are needed, of which up to `max_samples` samples are averaged: one varies by a tenth.
    Zhu et al., "Texygen", 2018.
    """
    usable = [text for text in texts if len(text) >= size]
    width = HYPOTHESES + REFERENCES
    samples = [usable[start : start + width] for start in range(0, max(len(usable) - width, 0) + 1, width)][
        :max_samples
    ]
    scores = [_compare_sample(sample, size) for sample in samples if len(sample) > 1]
    return sum(scores) / len(scores) if scores else 0.0


def _compare_sample(sample: Sequence[Sequence[str]], size: int) -> float:
    count = max(len(sample) * REFERENCES // (HYPOTHESES + REFERENCES), 1)
    references, hypotheses = sample[:count], sample[count:]
    known = [_merge_counts(references, n) for n in range(1, size + 1)]
    return sum(_compute_bleu(text, known, references) for text in hypotheses) / len(hypotheses)


def _merge_counts(references: Sequence[Sequence[str]], n: int) -> Counter[tuple[str, ...]]:
    merged: Counter[tuple[str, ...]] = Counter()
    for text in references:
        merged |= _count_ngrams(text, n)
    return merged


def _count_ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[at:] for at in range(n)), strict=False))


def _compute_bleu(
    words: Sequence[str], known: Sequence[Counter[tuple[str, ...]]], references: Sequence[Sequence[str]]
) -> float:
    precisions: list[float] = []
    for n, counts in enumerate(known, start=1):
        own = _count_ngrams(words, n)
        precisions.append((own & counts).total() / max(own.total(), 1))
    if min(precisions) == 0:
        return 0.0
    nearest = min((len(text) for text in references), key=lambda length: (abs(length - len(words)), length))
    penalty = min(1.0, math.exp(1 - nearest / len(words)))
    return penalty * math.exp(sum(map(math.log, precisions)) / len(precisions))

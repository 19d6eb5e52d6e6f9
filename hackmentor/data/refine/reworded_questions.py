"""Finds training records that ask a known question in other words, and have its answer.

MinHash over word triples finds copies with small changes and no paraphrase: that keeps hardly any triple. Here two
texts are compared by their rare words, each stemmed and weighted (Salton and Buckley, "Term-weighting approaches in
automatic text retrieval", 1988). Records of a catalogue resemble all questions about their entry; so the answer must be
in the record as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.refine.ngrams import batch_records
from hackmentor.data.refine.question_terms import (
    Terms,
    TermWeights,
    count_terms,
    normalise_rows,
    share_rows,
    subtract_terms,
)
from hackmentor.records.record import Record

# The least cosine of two wordings.
THRESHOLD = 0.45
# The least share of the answer's terms, and of the question's, that a record must have.
ANSWER_SHARE = 0.5
QUESTION_SHARE = 0.3
# Shorter questions are contained in others by chance.
MIN_COPIED_WORDS = 6
# So many records are named for one question, the most similar first.
MAX_MATCHES = 5

Indexes = NDArray[np.int32]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question that training should not hold; `answer` is the answer's text, not its letter."""

    id: str
    question: str
    options: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """A training record that asks a question: `similarity` is from 0 to 1; `copied`: in the same words."""

    similarity: float
    record_id: str
    copied: bool


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A user's message and the reply."""

    record_id: str
    asked: str
    whole: str


class _QuestionIndex:
    """The known questions as rows of sparse matrices, and the records that were found to ask them."""

    def __init__(self, questions: Sequence[KnownQuestion], weights: TermWeights, max_matches: int | None) -> None:
        self._max_matches = max_matches
        self._weights = np.where(weights.is_common, np.float32(0), weights.weights)
        alone = count_terms(one.question for one in questions)
        with_options = count_terms(" ".join((one.question, *one.options)) for one in questions)
        with_answer = count_terms(f"{one.question} {one.answer}" for one in questions)
        self._asked = [normalise_rows(form, self._weights) for form in (alone, with_options)]
        self._answered = normalise_rows(with_answer, self._weights)
        self._question_shares = share_rows(alone, weights.weights)
        self._answer_shares = share_rows(subtract_terms(with_answer, alone), weights.weights)
        self._has_own_answer = np.diff(self._answer_shares.indptr) > 0
        self._copies = [_join_words(one.question) for one in questions]
        self.matches: list[list[Match]] = [[] for _ in questions]

    def compare(self, batch: Sequence[Record]) -> None:
        """Adds the records of a batch that ask one of the questions to `matches`."""
        exchanges = list(_iter_exchanges(batch))
        words = [f" {_join_words(one.whole)} " for one in exchanges]
        for row, column, similarity, is_answered in self._find_similar(exchanges):
            copy = self._copies[row]
            copied = copy.count(" ") >= MIN_COPIED_WORDS - 1 and f" {copy} " in words[column]
            if is_answered or copied:
                self._keep(row, Match(1.0 if copied else round(similarity, 3), exchanges[column].record_id, copied))

    def _find_similar(self, exchanges: Sequence[_Exchange]) -> Iterator[tuple[int, int, float, bool]]:
        """Question, exchange and similarity of each pair, and whether question and answer are in the exchange."""
        whole = count_terms(one.whole for one in exchanges)
        columns = normalise_rows(count_terms(one.asked for one in exchanges), self._weights).T.tocsc()
        best = self._answered @ normalise_rows(whole, self._weights).T.tocsc()
        for form in self._asked:
            best = best.maximum(form @ columns)
        pairs = best.tocoo()
        chosen = pairs.data >= THRESHOLD
        row, column = pairs.row[chosen], pairs.col[chosen]
        is_answered = _sum_shared(self._answer_shares, whole, row, column) >= ANSWER_SHARE
        is_answered |= ~self._has_own_answer[row]
        is_answered &= _sum_shared(self._question_shares, whole, row, column) >= QUESTION_SHARE
        return zip(row.tolist(), column.tolist(), pairs.data[chosen].tolist(), is_answered.tolist(), strict=True)

    def _keep(self, row: int, match: Match) -> None:
        by_record = {other.record_id: other for other in self.matches[row]}
        by_record[match.record_id] = max(match, by_record.get(match.record_id, match))
        self.matches[row] = sorted(by_record.values(), reverse=True)[: self._max_matches]


def find_reworded_questions(
    train: Iterable[Record], questions: Sequence[KnownQuestion], *, max_matches: int | None = MAX_MATCHES
) -> dict[str, list[Match]]:
    """By the id of a question, the training records that ask it, in the same or in other words, the closest first.

    `train` is iterated twice and never held in memory. At most `max_matches` are named for a question (None: all).
    """
    if not questions:
        return {}
    weights = TermWeights()
    for batch in batch_records(train):
        weights.add(count_terms(exchange.whole for exchange in _iter_exchanges(batch)))
    index = _QuestionIndex(questions, weights, max_matches)
    for batch in batch_records(train):
        index.compare(batch)
    return {one.id: found for one, found in zip(questions, index.matches, strict=True) if found}


def _iter_exchanges(batch: Sequence[Record]) -> Iterator[_Exchange]:
    for record in batch:
        for message, reply in pairwise(record.to_conversation()):
            if message["role"] == "user":
                yield _Exchange(record.id, message["content"], f"{message['content']} {reply['content']}")


def _sum_shared(needed: Terms, has: Terms, rows: Indexes, columns: Indexes) -> NDArray[np.float32]:
    """For each pair of rows the sum of those weights in `needed` that the text has."""
    shared: NDArray[np.float32] = np.asarray(needed[rows].multiply(has[columns]).sum(axis=1)).ravel()
    return shared


def _join_words(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))

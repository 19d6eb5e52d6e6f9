"""Which training records hold items of an exam: word for word, in runs of 13 words, or in other words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hackmentor.data.refine.contamination import find_shared_ngrams
from hackmentor.data.refine.reworded_questions import MAX_MATCHES, KnownQuestion, find_reworded_questions
from hackmentor.exams.item import ExamItem
from hackmentor.records.record import Record

Method = Literal["copy", "13-grams", "reworded"]
METHODS: dict[Method, str] = {"copy": "word for word", "13-grams": "in runs of 13 words", "reworded": "in other words"}


@dataclass(frozen=True, slots=True)
class ItemOverlap:
    """An exam's item and a training record that holds it. `share` is from 0 to 1: of the item's runs, or a cosine."""

    exam: str
    item: str
    record: str
    method: Method
    share: float


def find_exam_overlaps(
    train: Iterable[Record], exams: Mapping[str, Sequence[ExamItem]], *, max_matches: int | None = MAX_MATCHES
) -> list[ItemOverlap]:
    """The overlaps of all items with the training records, item by item, the closest first.

    Args:
        train: iterated three times, never held in memory.
        exams: the items by the name of their exam.
        max_matches: how many records are named for an item, and one more by its runs of words; None for all.
    """
    keyed = {f"{exam}/{item.id}": (exam, item) for exam, items in exams.items() for item in items}
    questions = [KnownQuestion(key, item.question, item.options, item.answer_text) for key, (_, item) in keyed.items()]
    if not keyed:
        return []
    found: dict[tuple[str, str], ItemOverlap] = {}
    for key, matches in find_reworded_questions(train, questions, max_matches=max_matches).items():
        exam, item = keyed[key]
        for match in matches:
            method: Method = "copy" if match.copied else "reworded"
            found[key, match.record_id] = ItemOverlap(exam, item.id, match.record_id, method, match.similarity)
    for overlap in find_shared_ngrams(train, [_build_record(question) for question in questions]):
        exam, item = keyed[overlap.held_out]
        place = overlap.held_out, overlap.train
        if place not in found or found[place].method == "reworded":
            found[place] = ItemOverlap(exam, item.id, overlap.train, "13-grams", overlap.share)
    order = {key: number for number, key in enumerate(keyed)}
    return [found[place] for place in sorted(found, key=lambda place: (order[place[0]], -found[place].share, place[1]))]


def _build_record(question: KnownQuestion) -> Record:
    text = "\n".join((question.question, *question.options))
    return Record(
        id=question.id, shape="iio", source="", upstream_id="", upstream_version="", licence="", made_by="", task="",
        instruction=text, output=question.answer or "-",  # a published option may be empty, and the key
    )  # fmt: skip

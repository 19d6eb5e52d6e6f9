"""Exams whose answer is free text, marked by how much it has in common with the key's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Indel

from hackmentor.exams.answer_marker import Constant
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.task import ExamTask

# Of so many keys the one that is nearest to all is looked for: of a thousand that takes a third of a second.
MAX_CANDIDATES = 100
_WORD = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]")


class TextTask(ExamTask):
    """The score is ROUGE-L (Lin 2004): the F1 of the longest common subsequence of words, or of Chinese characters.

    It rewards the key's wording: a right answer in other words earns little, and a wrong one in the same words a lot.
    """

    measure = "mean overlap"

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Correct where all words are the same; an answer without words is unparsed."""
        words = split_words(answer)
        if not words:
            return Mark("unparsed", 0.0)
        score = compute_overlap(words, split_words(item.key))
        return Mark("correct" if score == 1.0 else "wrong", score, answer.strip())

    def choose_constant(self, items: Sequence[ExamItem]) -> Constant:
        """The key that has most in common with all keys."""
        keys = Counter(item.key for item in items)
        words = {key: split_words(key) for key in keys}

        def earn(candidate: str) -> float:
            return sum(count * compute_overlap(words[candidate], words[key]) for key, count in keys.items())

        best = max([key for key, _ in keys.most_common(MAX_CANDIDATES)], key=earn)
        return Constant("always the text that is most like all keys", best)

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The mean overlap in percent."""
        return {"ROUGE-L %": 100 * sum(mark.score for mark in marks) / len(marks)}


def compute_overlap(words: Sequence[str], others: Sequence[str]) -> float:
    """ROUGE-L of two texts: twice the length of their longest common subsequence over the sum of their lengths."""
    return Indel.normalized_similarity(words, others)


def split_words(text: str) -> list[str]:
    """The words in lower case; Chinese characters each alone."""
    return _WORD.findall(text.lower())

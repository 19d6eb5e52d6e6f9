"""Finds the words of a passage that decide which entry it is about, so that an answer can quote them."""

import math
import re
from collections.abc import Iterable, Mapping

from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.sources.attack import Technique

WORD = re.compile(r"[a-z][a-z0-9_.-]{3,}")
CLAUSE = re.compile(r"[,;:.](?= |$)| (?=(?:to|and|that|which|in order|by|for|from|via|through|with|after|before|so)\b)")
LEADING = re.compile(r"^(?:(?:and|or|but|then|also|which|that)\s+)+")
# What begins so tells what comes of a mistake and not what it was.
EFFECT = re.compile(
    r"(?:caus|allow|lead|result|enabl|permit|potential|possibl|which could|could|to cause|can be)", re.I
)
EFFECT_SHARE = 0.4
NAME_FILLERS = {"from", "with", "over", "other", "through", "after", "based", "into", "based", "improper"}
MIN_SPAN_WORDS, MAX_SPAN_WORDS = 4, 14
MIN_SCORE = 4.0


def find_telling_span(text: str, technique: Technique, entry_index: EntryIndex) -> str:
    """The clause of `text` that shares the rarest words with the technique's description; empty if none does.

    Words of its tactics do not count: what somebody is after is no sign of how.
    """
    aims = tuple(stem(word) for tactic in technique.tactics for word in WORD.findall(tactic.lower()))
    told = f"{technique.name} {technique.description}".lower()
    described = " ".join(word for word in WORD.findall(told) if not word.startswith(aims))
    return find_shared_clause(text, described, _weigh_words(entry_index))


def stem(word: str) -> str:
    """The first letters, which inflections of a word share."""
    return word[: max(4, min(6, len(word) - 2))]


def gives_name_away(text: str, name: str) -> bool:
    """Whether a passage has every longer word of a name, or of one of the names that a slash divides, in some form."""
    words = WORD.findall(text.lower())
    for part in re.split(r" / |/", name):
        stems = [stem(word) for word in WORD.findall(part.lower()) if word not in NAME_FILLERS]
        if stems and all(any(word.startswith(item) for word in words) for item in stems):
            return True
    return False


def find_shared_clause(text: str, described: str, weights: Mapping[str, float]) -> str:
    """The clause of `text`, 4 to 14 words, whose words also stand in `described` and weigh most; empty below 4."""
    known = set(WORD.findall(described.lower()))
    best, best_score = "", MIN_SCORE
    for clause in _iter_clauses(text):
        share = EFFECT_SHARE if EFFECT.match(clause) else 1.0
        score = share * sum(weights.get(word, 0.0) for word in set(WORD.findall(clause.lower())) & known)
        if score > best_score:
            best, best_score = clause, score
    return best


def weigh_rare_words(texts: Iterable[str]) -> dict[str, float]:
    """The weight of each word: the logarithm of the share of texts without it, none for words of a tenth of them."""
    counts: dict[str, int] = {}
    number = 0
    for text in texts:
        number += 1
        for word in set(WORD.findall(text.lower())):
            counts[word] = counts.get(word, 0) + 1
    return {word: math.log(number / count) for word, count in counts.items() if count * 10 < number}


def _weigh_words(entry_index: EntryIndex) -> Mapping[str, float]:
    return entry_index.compute_once(
        _weigh_words, lambda: weigh_rare_words(item.description for item in entry_index.iter_kind(Technique))
    )


def _iter_clauses(text: str) -> Iterable[str]:
    for part in CLAUSE.split(text):
        words = LEADING.sub("", part.strip(" .,;:")).split()
        if MIN_SPAN_WORDS <= len(words) <= MAX_SPAN_WORDS:
            yield " ".join(words)

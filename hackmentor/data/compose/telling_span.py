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
    r"(?:caus|allow|lead|result|enabl|permit|potential|possibl|which could|could|to cause|can be|"
    r"(?:to )?(?:gain|obtain) |(?:to )?(?:execute|read) arbitrary)",
    re.I,
)
# What begins so comments on something that is named elsewhere.
ASIDE = re.compile(r"(?:this|these|it|they|as)\b", re.I)
SENTENCE_END = re.compile(r"[.!?] (?=[A-Z0-9`\"])")
HANGING = re.compile(r"(?:,? (?:prior|in order|such|likely|leads?|leading|then|also|and|or|as|so|used|able))+$")
EFFECT_SHARE = 0.4
NAME_FILLERS = {"from", "with", "over", "other", "through", "after", "based", "into", "improper"}
MIN_SPAN_WORDS, MAX_SPAN_WORDS = 4, 16
# A quote that lacks what decides is worse than one that holds more.
LENGTH_PENALTY = 0.35
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
    return word[: max(4, min(6, len(word) - 3))]


def gives_name_away(text: str, name: str) -> bool:
    """Whether a passage has every longer word of a name, or of one of the names that a slash divides, in some form."""
    words = WORD.findall(text.lower())
    for part in re.split(r" / |/", name):
        if part.lower().rstrip("s") in text.lower():
            return True
        stems = [stem(word) for word in WORD.findall(part.lower()) if word not in NAME_FILLERS]
        if stems and all(any(word.startswith(item) for word in words) for item in stems):
            return True
    return False


def find_shared_clause(text: str, described: str, weights: Mapping[str, float], min_score: float = MIN_SCORE) -> str:
    """The clause of `text`, or up to three in a row, 4 to 16 words, whose words stand in `described` and weigh most.

    Empty where they weigh less than `min_score`. A longer quote has to be worth its length.
    """
    known = set(WORD.findall(described.lower()))
    best, best_score = "", 0.0
    for clause in _iter_clauses(text):
        share = EFFECT_SHARE if EFFECT.match(clause) or ASIDE.match(clause) else 1.0
        weight = share * sum(weights.get(word, 0.0) for word in set(WORD.findall(clause.lower())) & known)
        score = weight / len(clause.split()) ** LENGTH_PENALTY
        if weight >= min_score and score > best_score:
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
    """Clauses, and up to three that follow each other in one sentence; none with half a bracket or a quote inside."""
    bounds = [0, *(found.end() for found in CLAUSE.finditer(text)), len(text)]
    stops = [found.start() + 1 for found in SENTENCE_END.finditer(text)]
    for size in (1, 2, 3):
        for start, end in zip(bounds, bounds[size:], strict=False):
            part = text[start:end].strip(" .,;:")
            words = LEADING.sub("", part).split()
            spans_sentences = any(start < stop < end - 1 for stop in stops)
            if not MIN_SPAN_WORDS <= len(words) <= MAX_SPAN_WORDS or spans_sentences:
                continue
            clause = HANGING.sub("", " ".join(words))
            if clause.count("(") == clause.count(")") and clause.count("`") % 2 == 0 and '"' not in clause:
                yield clause

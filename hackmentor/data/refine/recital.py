"""Keeps composed records from reciting: a sentence of a catalogue is told at most twice in one dataset."""

import re
from collections import Counter
from collections.abc import Iterator

from hackmentor.data.prose import split_sentences
from hackmentor.data.sources.catalogue import Catalogue
from hackmentor.records.record import Record

MAX_USES = 2
MIN_WORDS = 8
CODE_BLOCK = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
WORD = re.compile(r"\w+")
LIST_MARK = re.compile(r"^(?:[-*]|\d+\.)\s+")
# `Code Signing (M1045): ` or `Implementation: `, behind which the same may be said again.
LEAD_IN = re.compile(r"^[A-Z][\w /()&,-]{2,70}: (?=[A-Z])")


def iter_sentence_keys(text: str) -> Iterator[str]:
    """The sentences of at least 8 words, code aside, as small words without punctuation."""
    for line in CODE_BLOCK.sub("\n", text).split("\n"):
        for sentence in split_sentences(LIST_MARK.sub("", line.strip())):
            words = WORD.findall(sentence.lower())
            if len(words) >= MIN_WORDS:
                yield " ".join(words)


def join_answers(record: Record) -> str:
    """All that the assistant says in a record."""
    return "\n".join(item["content"] for item in record.to_conversation() if item["role"] == "assistant")


def find_sentences(catalogue: Catalogue) -> frozenset[str]:
    """The sentences of a catalogue, as `iter_sentence_keys` gives them."""
    return frozenset(key for text in catalogue.iter_texts() for key in iter_sentence_keys(text))


def repeats_itself(record: Record) -> bool:
    """Whether one answer says a sentence, of six words and more, twice."""
    for item in (
        record.to_conversation() if record.shape == "turn" else ({"role": "assistant", "content": record.output},)
    ):
        lines = CODE_BLOCK.sub("\n", item["content"]).split("\n") if item["role"] == "assistant" else ()
        bare = (LEAD_IN.sub("", LIST_MARK.sub("", line.strip())) for line in lines)
        said = [s for line in bare for s in split_sentences(line) if s.count(" ") >= 5]
        if len(set(said)) < len(said):
            return True
    return False


class RecitalLimiter:
    """Counts how often each sentence of a catalogue has been told, over the records of one dataset."""

    def __init__(self, sentences: frozenset[str]) -> None:
        self._told: Counter[str] = Counter()
        self._known = sentences

    def accept(self, record: Record) -> bool:
        """Whether a record tells no sentence of the catalogue for a third time; counts its sentences if so.

        A sentence also counts where a lead-in such as `Implementation: ` stands before it.
        """
        keys = {known for key in iter_sentence_keys(join_answers(record)) for known in self._find_known(key)}
        if any(self._told[key] >= MAX_USES for key in keys):
            return False
        self._told.update(keys)
        return True

    def _find_known(self, key: str) -> Iterator[str]:
        words = key.split(" ")
        for start in range(min(8, max(len(words) - MIN_WORDS + 1, 1))):
            tail = " ".join(words[start:])
            if tail in self._known:
                yield tail
                return

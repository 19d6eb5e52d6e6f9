"""Drops what a teacher wrote that says too little new: instructions too similar to a seed or to one another."""

from collections.abc import Iterable

from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne

from hackmentor.data.refine.minhash import WORD

THRESHOLD = 0.7
POINTS = 0x110000


class Instructions:
    """Remembers instructions and knows whether a new one repeats one of them, as in self-instruct.

    Wang et al., "Self-Instruct", 2023: a new instruction stays where its ROUGE-L with every other is under 0.7.
    ROUGE-L (Lin, 2004) as an F measure is 2·LCS(a, b) / (|a| + |b|) over words, which is just the normalised Indel
    similarity. The words become characters, so that the library compares strings. Each new instruction is compared with
    all before it, at some 0.1 µs a pair: 14,000 instructions take ten seconds, 100,000 nine minutes.
    """

    def __init__(self, instructions: Iterable[str] = (), threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._letters: dict[str, str] = {}
        self._known = [self._encoded(text) for text in instructions]

    def similarity(self, instruction: str) -> float:
        """The largest ROUGE-L (0 to 1) with any remembered instruction, or 0 where it is under the threshold."""
        cutoff = self._threshold
        best = extractOne(
            self._encoded(instruction), self._known, scorer=Indel.normalized_similarity, score_cutoff=cutoff
        )
        return float(best[1]) if best else 0.0

    def add(self, instruction: str) -> bool:
        """Whether an instruction is new; a new one is remembered."""
        if self.similarity(instruction) >= self._threshold:
            return False
        self._known.append(self._encoded(instruction))
        return True

    def _encoded(self, text: str) -> str:
        words = WORD.findall(text.lower())
        return "".join(self._letters.setdefault(word, chr(len(self._letters) % POINTS)) for word in words)

"""Finds instructions by a teacher that are too similar to a seed or to one another."""

from collections.abc import Iterable

from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne

from hackmentor.data.refine.minhash import WORD

THRESHOLD = 0.7
CODE_POINTS = 0x110000


class InstructionIndex:
    """An index of instructions that tells whether a new one is too similar, as in self-instruct.

    Wang et al., "Self-Instruct", 2023: a new instruction stays where its ROUGE-L with every other is under 0.7.
    ROUGE-L (Lin, 2004) as an F measure is 2·LCS(a, b) / (|a| + |b|) over words, which is just the normalised Indel
    similarity. The words become characters, so that the library compares strings. Each new instruction is compared with
    all before it, at about 0.1 µs per pair: 14,000 instructions take ten seconds, 100,000 nine minutes.
    """

    def __init__(self, instructions: Iterable[str] = (), threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._characters: dict[str, str] = {}
        self._known = [self._encode(text) for text in instructions]

    def compute_max_similarity(self, instruction: str) -> float:
        """The largest ROUGE-L (0 to 1) with any known instruction, or 0 if it is below the threshold."""
        cutoff = self._threshold
        best = extractOne(
            self._encode(instruction), self._known, scorer=Indel.normalized_similarity, score_cutoff=cutoff
        )
        return float(best[1]) if best else 0.0

    def add_if_new(self, instruction: str) -> bool:
        """Add an instruction unless it is too similar to a known one; returns whether it was added."""
        if self.compute_max_similarity(instruction) >= self._threshold:
            return False
        self._known.append(self._encode(instruction))
        return True

    def _encode(self, text: str) -> str:
        words = WORD.findall(text.lower())
        return "".join(self._characters.setdefault(word, chr(len(self._characters) % CODE_POINTS)) for word in words)

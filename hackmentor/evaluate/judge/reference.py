"""The judge that needs nothing but the reference answer: who is closer to it in character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics.chrf import CHRF

from hackmentor.evaluate.judge.pair import Battle, Judged, Pair, Winner, battle

NO_REFERENCE = "no reference answer"


@dataclass(frozen=True)
class ReferenceJudge:
    """chrF (Popović 2015, as sacrebleu computes it, 0 to 100) against the reference; within `margin` it is a tie.

    It rewards the wording of the reference. It can't see that a differently worded answer is right, or that one which
    sounds alike is wrong.
    """

    margin: float
    name: str = "reference"

    def judge(self, pairs: Sequence[Pair]) -> Judged:
        """A judgement of each pair whose question has a reference."""
        metric = CHRF()
        told = [pair for pair in pairs if pair.question.reference.strip()]
        missing = [pair.id for pair in pairs if not pair.question.reference.strip()]
        return Judged([self._battle(metric, pair) for pair in told], {NO_REFERENCE: missing} if missing else {})

    def _battle(self, metric: CHRF, pair: Pair) -> Battle:
        a, b = (
            metric.sentence_score(text, [pair.question.reference]).score if text.strip() else 0.0
            for text in (pair.text_a, pair.text_b)
        )
        win: Winner = "tie" if abs(a - b) < self.margin else "model_a" if a > b else "model_b"
        return battle(pair, self.name, win, f"chrF {a:.1f} against {b:.1f}, margin {self.margin:g}")

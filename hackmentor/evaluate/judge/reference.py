"""The judge that needs only a reference answer: the answer closer to it in character n-grams wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics.chrf import CHRF

from hackmentor.evaluate.judge.pair import AnswerPair, Battle, Judgements, Winner, build_battle

NO_REFERENCE = "no reference answer"


@dataclass(frozen=True)
class ReferenceJudge:
    """Compares both answers' chrF (Popović 2015, from sacrebleu, 0 to 100) with the reference.

    A difference below `margin` is a tie.
    It rewards the wording of the reference. It can't see that a differently worded answer is right, or that one that
    sounds similar is wrong.
    """

    margin: float
    name: str = "reference"

    def judge(self, pairs: Sequence[AnswerPair]) -> Judgements:
        """Judges each pair whose question has a reference answer."""
        metric = CHRF()
        with_reference = [pair for pair in pairs if pair.question.reference.strip()]
        without_reference = [pair.id for pair in pairs if not pair.question.reference.strip()]
        return Judgements(
            [self._compare_with_reference(metric, pair) for pair in with_reference],
            {NO_REFERENCE: without_reference} if without_reference else {},
        )

    def _compare_with_reference(self, metric: CHRF, pair: AnswerPair) -> Battle:
        a, b = (
            metric.sentence_score(text, [pair.question.reference]).score if text.strip() else 0.0
            for text in (pair.text_a, pair.text_b)
        )
        win: Winner = "tie" if abs(a - b) < self.margin else "model_a" if a > b else "model_b"
        return build_battle(pair, self.name, win, f"chrF {a:.1f} against {b:.1f}, margin {self.margin:g}")

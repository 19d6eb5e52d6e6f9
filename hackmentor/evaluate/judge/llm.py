"""A language model as judge, behind any OpenAI-compatible endpoint.

Each pair is judged twice with sides swapped; where the two verdicts disagree it is a tie, and the disagreements tell
how much the judge prefers a side (Wang et al. 2023, arXiv:2305.17926; Zheng et al. 2023, arXiv:2306.05685).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hackmentor.data.teach.teaching_job import Filled, Form
from hackmentor.endpoint.completion import Ask, Reply
from hackmentor.endpoint.reply_journal import Journal, opened_journal
from hackmentor.endpoint.send_requests import ask_all
from hackmentor.endpoint.settings import Endpoint
from hackmentor.evaluate.judge.pair import Battle, Judged, Pair, Winner, battle
from hackmentor.evaluate.judge.rubric import RUBRIC, shown_pair
from hackmentor.records.record import Message
from hackmentor.runtime.terminal import progress_bars

SAME = "both say the same"
DISAGREED = "the judge changed its mind when sides were swapped"


class Verdict(Form):
    """What the judge fills in: its reasons first, so that the choice follows from them."""

    reason: Filled
    winner: Literal["A", "B", "tie"]


@dataclass(frozen=True)
class LlmJudge:
    """A judge model. Its replies are kept in `journal`, so a killed run asks for none of them again."""

    endpoint: Endpoint
    journal: Path
    temperature: float | None
    max_tokens: int

    @property
    def name(self) -> str:
        """The judge model."""
        return f"llm:{self.endpoint.model}"

    def judge(self, pairs: Sequence[Pair]) -> Judged:
        """The judgements. Raises UserError where the endpoint is of no use; what was judged so far is kept."""
        open_pairs = [pair for pair in pairs if pair.text_a != pair.text_b]
        with opened_journal(self.journal) as journal, progress_bars() as progress:
            asks = [self._ask(pair, swapped) for pair in open_pairs for swapped in (False, True)]
            done = sum(self._reply(journal, ask) is not None for ask in asks)
            bar = progress.add_task(f"judging by {self.endpoint.model}", total=len(asks), completed=done)
            ask_all(self.endpoint, lambda: asks, journal, lambda: progress.advance(bar))
            return self._judged(pairs, journal)

    def _judged(self, pairs: Sequence[Pair], journal: Journal) -> Judged:
        battles: list[Battle] = []
        skipped: dict[str, list[str]] = {}
        for pair in pairs:
            if pair.text_a == pair.text_b:
                battles.append(battle(pair, self.name, "tie", SAME))
                continue
            replies = [self._reply(journal, self._ask(pair, swapped)) for swapped in (False, True)]
            faults = [reply.fault if reply else "no reply" for reply in replies if not reply or reply.fault]
            if faults:
                skipped.setdefault(faults[0].partition(":")[0], []).append(pair.id)
            else:
                battles.append(self._battle(pair, [reply.text for reply in replies if reply]))
        return Judged(battles, skipped, self._cost(pairs, journal))

    def _cost(self, pairs: Sequence[Pair], journal: Journal) -> str:
        asks = [self._ask(pair, swapped) for pair in pairs for swapped in (False, True)]
        replies = [reply for ask in asks if (reply := self._reply(journal, ask)) is not None]
        asked, said = sum(one.prompt_tokens for one in replies), sum(one.completion_tokens for one in replies)
        dollars = self.endpoint.cost(asked, said)
        price = "cost not known: set judge.input_price and output_price" if dollars is None else f"${dollars:.2f}"
        return f"{sum(one.requests for one in replies)} requests, {asked} tokens asked, {said} answered, {price}"

    def _battle(self, pair: Pair, texts: Sequence[str]) -> Battle:
        verdicts = [Verdict.model_validate_json(text) for text in texts]
        votes = [_vote(verdict.winner, swapped) for verdict, swapped in zip(verdicts, (False, True), strict=True)]
        agreed = votes[0] == votes[1]
        reason = verdicts[0].reason if agreed else f"{DISAGREED}: {verdicts[0].reason} / {verdicts[1].reason}"
        return battle(pair, self.name, votes[0] if agreed else "tie", reason, votes)

    def _ask(self, pair: Pair, swapped: bool) -> Ask:
        texts = (pair.text_b, pair.text_a) if swapped else (pair.text_a, pair.text_b)
        messages: tuple[Message, ...] = (
            {"role": "system", "content": RUBRIC},
            {"role": "user", "content": shown_pair(pair.question, *texts)},
        )
        return Ask(f"{pair.id}|{'ba' if swapped else 'ab'}", messages, self.max_tokens, self.temperature, 0, Verdict)

    def _reply(self, journal: Journal, ask: Ask) -> Reply | None:
        return journal.get(ask.id, ask.fingerprint(self.endpoint.model))


def _vote(winner: Literal["A", "B", "tie"], swapped: bool) -> Winner:
    if winner == "tie":
        return "tie"
    return "model_a" if (winner == "A") != swapped else "model_b"

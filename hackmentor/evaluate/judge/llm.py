"""A language model as judge, behind any OpenAI-compatible endpoint.

Each pair is judged twice with sides swapped; if the two verdicts disagree it is a tie, and the disagreements measure
the judge's position bias (Wang et al. 2023, arXiv:2305.17926; Zheng et al. 2023, arXiv:2306.05685).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from hackmentor.data.teach.teaching_job import NonEmptyText, ReplySchema
from hackmentor.endpoint.completion import CompletionReply, CompletionRequest
from hackmentor.endpoint.parse_reply import CUT_ANSWER
from hackmentor.endpoint.reply_journal import ReplyJournal, opened_reply_journal
from hackmentor.endpoint.send_requests import send_requests
from hackmentor.endpoint.settings import Endpoint
from hackmentor.evaluate.judge.pair import AnswerPair, Battle, Judgements, Winner, build_battle
from hackmentor.evaluate.judge.rubric import RUBRIC, format_pair
from hackmentor.records.record import Message
from hackmentor.runtime.progress_bars import create_progress_bars

SAME_TEXT = "both say the same"
INCONSISTENT = "the judge changed its mind when sides were swapped"


# Class name and docstring are part of the JSON schema that the judge is sent, and so of the fingerprint of its replies:
# with another name or docstring, kept replies would count as replies to something else.
class Verdict(ReplySchema):
    """What the judge fills in: its reasons first, so that the choice follows from them."""

    reason: NonEmptyText
    winner: Literal["A", "B", "tie"]


@dataclass(frozen=True)
class LlmJudge:
    """A judge model. Its replies are kept in the file `journal`, so that a killed run never pays for one twice."""

    endpoint: Endpoint
    journal: Path
    temperature: float | None
    max_tokens: int
    retry: bool = False
    """Whether what failed in an earlier run is asked again."""

    @property
    def name(self) -> str:
        """The name of the judge model, after `llm:`."""
        return f"llm:{self.endpoint.model}"

    def judge(self, pairs: Sequence[AnswerPair]) -> Judgements:
        """Judges the pairs.

        Raises:
            UserError: if the endpoint can't be used; replies so far are kept.
            RequestsRefusedError: if it refuses the first requests alike.
        """
        open_pairs = [pair for pair in pairs if pair.text_a != pair.text_b]
        with opened_reply_journal(self.journal) as journal, create_progress_bars() as progress:
            if self.retry:
                journal.drop_failed_replies()
            requests = [self._build_request(pair, swapped) for pair in open_pairs for swapped in (False, True)]
            done = sum(self._find_reply(journal, request) is not None for request in requests)
            bar = progress.add_task(f"judging by {self.endpoint.model}", total=len(requests), completed=done)
            send_requests(self.endpoint, lambda: requests, journal, lambda: progress.advance(bar))
            judgements = self._build_judgements(pairs, journal)
        if open_pairs and sum(map(len, judgements.skipped.values())) == len(open_pairs):
            return replace(judgements, failure=self._describe_nothing_judged(judgements.skipped))
        return judgements

    def _build_judgements(self, pairs: Sequence[AnswerPair], journal: ReplyJournal) -> Judgements:
        battles: list[Battle] = []
        skipped: dict[str, list[str]] = {}
        for pair in pairs:
            if pair.text_a == pair.text_b:
                battles.append(build_battle(pair, self.name, "tie", SAME_TEXT))
                continue
            replies = [self._find_reply(journal, self._build_request(pair, swapped)) for swapped in (False, True)]
            faults = [reply.fault if reply else "no reply" for reply in replies if not reply or reply.fault]
            if faults:
                skipped.setdefault(faults[0].partition(":")[0], []).append(pair.id)
            else:
                battles.append(self._combine_verdicts(pair, [reply.text for reply in replies if reply]))
        return Judgements(battles, skipped, self._describe_cost(pairs, journal))

    def _describe_nothing_judged(self, skipped: Mapping[str, Sequence[str]]) -> str:
        reasons = "; ".join(f"{len(ids)} {reason}" for reason, ids in skipped.items())
        keys = "judge.max_tokens, judge.structured" if CUT_ANSWER in skipped else "judge.structured"
        return (
            f"{self.name} judged none of {sum(map(len, skipped.values()))} pairs: {reasons}. Its replies are in "
            f"{self.journal}; {keys} may help, judge.retry=failed asks again, judge=reference needs no model"
        )

    def _describe_cost(self, pairs: Sequence[AnswerPair], journal: ReplyJournal) -> str:
        requests = [self._build_request(pair, swapped) for pair in pairs for swapped in (False, True)]
        replies = [reply for request in requests if (reply := self._find_reply(journal, request)) is not None]
        prompt_tokens = sum(reply.prompt_tokens for reply in replies)
        completion_tokens = sum(reply.completion_tokens for reply in replies)
        dollars = self.endpoint.compute_cost(prompt_tokens, completion_tokens)
        price = "cost not known: set judge.input_price and output_price" if dollars is None else f"${dollars:.2f}"
        request_count = sum(reply.requests for reply in replies)
        return f"{request_count} requests, {prompt_tokens} tokens asked, {completion_tokens} answered, {price}"

    def _combine_verdicts(self, pair: AnswerPair, texts: Sequence[str]) -> Battle:
        verdicts = [Verdict.model_validate_json(text) for text in texts]
        votes = [_to_winner(verdict.winner, swapped) for verdict, swapped in zip(verdicts, (False, True), strict=True)]
        agreed = votes[0] == votes[1]
        reason = verdicts[0].reason if agreed else f"{INCONSISTENT}: {verdicts[0].reason} / {verdicts[1].reason}"
        return build_battle(pair, self.name, votes[0] if agreed else "tie", reason, votes)

    def _build_request(self, pair: AnswerPair, swapped: bool) -> CompletionRequest:
        texts = (pair.text_b, pair.text_a) if swapped else (pair.text_a, pair.text_b)
        messages: tuple[Message, ...] = (
            {"role": "system", "content": RUBRIC},
            {"role": "user", "content": format_pair(pair.question, *texts)},
        )
        return CompletionRequest(
            f"{pair.id}|{'ba' if swapped else 'ab'}", messages, self.max_tokens, self.temperature, 0, Verdict
        )

    def _find_reply(self, journal: ReplyJournal, request: CompletionRequest) -> CompletionReply | None:
        return journal.find(request, self.endpoint)


def _to_winner(winner: Literal["A", "B", "tie"], swapped: bool) -> Winner:
    if winner == "tie":
        return "tie"
    return "model_a" if (winner == "A") != swapped else "model_b"

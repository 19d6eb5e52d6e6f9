"""A person as judge: blind, in the terminal, one question at a time, to be continued at any time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from hackmentor.data.hash_choice import number
from hackmentor.evaluate.judge.pair import Judged, Pair, Winner, battle
from hackmentor.runtime.files import cut_torn_line, read_jsonl
from hackmentor.runtime.terminal import inert

KEYS = "1 or 2: that one is better · t: tie · s: skip · q: stop here"
NOT_YET = "not judged yet"
SKIPPED = "skipped"


@dataclass(frozen=True)
class HumanJudge:
    """Someone at the keyboard. Judgements are kept in `journal`; `read` gets one line of input."""

    journal: Path
    seed: int
    console: Console
    read: Callable[[str], str] = input
    name: str = "human"

    def judge(self, pairs: Sequence[Pair]) -> Judged:
        """Asks about each pair that has no judgement yet, in a drawn order, until all are judged or `q` is typed."""
        votes = self._kept()
        waiting = [pair for pair in pairs if pair.id not in votes]
        waiting.sort(key=lambda pair: number(self.seed, "human", pair.id))
        for place, pair in enumerate(waiting):
            typed = self._ask(pair, f"{len(votes) + 1} of {len(votes) + len(waiting) - place}")
            if typed == "q":
                break
            vote = {"1": "model_a", "2": "model_b", "t": "tie", "s": SKIPPED}[typed]
            self._keep(pair.id, vote)
            votes[pair.id] = vote
        return self._judged(pairs, votes)

    def _judged(self, pairs: Sequence[Pair], votes: dict[str, str]) -> Judged:
        skipped: dict[str, list[str]] = {}
        battles = []
        for pair in pairs:
            vote = votes.get(pair.id, NOT_YET)
            if vote in (NOT_YET, SKIPPED):
                skipped.setdefault(vote, []).append(pair.id)
            else:
                win: Winner = vote  # type: ignore[assignment]
                battles.append(battle(pair, self.name, win, "chosen by a person who saw no names"))
        return Judged(battles, skipped)

    def _ask(self, pair: Pair, title: str) -> str:
        self.console.rule(title)
        self.console.print(Panel(Text(inert(pair.question.asked)), title="question"))
        for label, text in (("1", pair.text_a), ("2", pair.text_b)):
            self.console.print(Panel(Text(inert(text) or "(empty)"), title=label))
        while True:
            try:
                typed = self.read(f"{KEYS}\n> ").strip().lower()
            except EOFError:
                return "q"
            if typed in ("1", "2", "t", "s", "q"):
                return typed

    def _kept(self) -> dict[str, str]:
        cut_torn_line(self.journal)
        return {row["pair"]: row["vote"] for row in read_jsonl(self.journal)}

    def _keep(self, pair_id: str, vote: str) -> None:
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        with self.journal.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"pair": pair_id, "vote": vote}) + "\n")

"""A person as judge: blind, in the terminal, one pair at a time; can be stopped and resumed at any time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from hackmentor.data.hash_choice import hash_to_int
from hackmentor.evaluate.judge.pair import AnswerPair, Judgements, Winner, build_battle
from hackmentor.runtime.files import open_own, read_jsonl, remove_incomplete_line
from hackmentor.runtime.terminal import escape_control_characters

KEYS_HELP = "1 or 2: that one is better · t: tie · s: skip · q: stop here"
NOT_JUDGED = "not judged yet"
SKIPPED = "skipped"


@dataclass(frozen=True)
class HumanJudge:
    """A person at the keyboard. Votes are kept in `journal`; `read_line` shows a prompt and returns a line of input."""

    journal: Path
    seed: int
    console: Console
    read_line: Callable[[str], str] = input
    name: str = "human"

    def judge(self, pairs: Sequence[AnswerPair]) -> Judgements:
        """Asks about each pair without a vote, in random order, until all are judged or `q` is typed."""
        votes = self._read_votes()
        open_pairs = [pair for pair in pairs if pair.id not in votes]
        open_pairs.sort(key=lambda pair: hash_to_int(self.seed, "human", pair.id))
        for index, pair in enumerate(open_pairs):
            typed = self._ask_vote(pair, f"{len(votes) + 1} of {len(votes) + len(open_pairs) - index}")
            if typed == "q":
                break
            vote = {"1": "model_a", "2": "model_b", "t": "tie", "s": SKIPPED}[typed]
            self._append_vote(pair.id, vote)
            votes[pair.id] = vote
        return self._build_judgements(pairs, votes)

    def _build_judgements(self, pairs: Sequence[AnswerPair], votes: dict[str, str]) -> Judgements:
        skipped: dict[str, list[str]] = {}
        battles = []
        for pair in pairs:
            vote = votes.get(pair.id, NOT_JUDGED)
            if vote in (NOT_JUDGED, SKIPPED):
                skipped.setdefault(vote, []).append(pair.id)
            else:
                win: Winner = vote  # type: ignore[assignment]
                battles.append(build_battle(pair, self.name, win, "chosen by a person who saw no names"))
        return Judgements(battles, skipped)

    def _ask_vote(self, pair: AnswerPair, title: str) -> str:
        self.console.rule(title)
        self.console.print(Panel(Text(escape_control_characters(pair.question.last_user_message)), title="question"))
        for label, text in (("1", pair.text_a), ("2", pair.text_b)):
            self.console.print(Panel(Text(escape_control_characters(text) or "(empty)"), title=label))
        while True:
            try:
                typed = self.read_line(f"{KEYS_HELP}\n> ").strip().lower()
            except EOFError:
                return "q"
            if typed in ("1", "2", "t", "s", "q"):
                return typed

    def _read_votes(self) -> dict[str, str]:
        remove_incomplete_line(self.journal)
        return {row["pair"]: row["vote"] for row in read_jsonl(self.journal)}

    def _append_vote(self, pair_id: str, vote: str) -> None:
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        with open_own(self.journal, "a") as stream:
            stream.write(json.dumps({"pair": pair_id, "vote": vote}) + "\n")

"""Role plays: a client and a security consultant, both spoken by the teacher, turn by turn.

In one play the client leads, with questions; in the other the consultant does, for a client who would not know what to
ask. The client's words become the user's, the consultant's the assistant's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from hackmentor.data.hash_choice import number
from hackmentor.data.teach.prompt import made_by, prompt
from hackmentor.data.teach.teaching_job import Manner, ReplyTo
from hackmentor.endpoint.completion import Ask
from hackmentor.records.record import Message, Record, to_line

Lead = Literal["client", "consultant"]
CLIENTS = (
    "a hospital with 800 beds", "a town council of 60 staff", "a start-up of 12 people that sells software",
    "a maker of pumps with two plants", "a regional bank", "a law firm of 40", "a university department",
    "a chain of 30 shops with an online shop", "a charity that runs on volunteers", "a water utility",
    "a logistics company with 200 lorries", "a school with 900 pupils", "a news site", "a dental practice",
    "a games studio", "an airport's ground services",
)  # fmt: skip


@dataclass(frozen=True)
class Consult:
    """`count` role plays of `turns` exchanges, over the categories and kinds of client in turn."""

    categories: Sequence[str]
    manner: Manner
    licence: str
    leads: Sequence[Lead]
    count: int
    turns: int
    name: str = "consult"
    file: str = "records.jsonl"

    @property
    def prompts(self) -> tuple[str, ...]:
        """The templates of both sides, for each way to lead."""
        return tuple(f"{role}_{lead}_leads" for lead in dict.fromkeys(self.leads) for role in ("client", "consultant"))

    @property
    def total(self) -> int:
        """Two questions to the teacher for each exchange."""
        return self.count * self.turns * 2

    def asks(self, reply_to: ReplyTo) -> Iterator[Ask]:
        """The next line of every play, and all before it."""
        for play in range(self.count):
            yield from (ask for ask, _ in self._played(play, reply_to))

    def lines(self, reply_to: ReplyTo) -> Iterator[str]:
        """The plays as turn records. One that broke off keeps its whole exchanges."""
        for play in range(self.count):
            said = [text for _, text in self._played(play, reply_to) if text]
            if len(said) > 1:
                yield to_line(self._record(play, said))

    def _played(self, play: int, reply_to: ReplyTo) -> Iterator[tuple[Ask, str]]:
        """Each question of a play with what was said; it ends at the first that has no answer."""
        said: list[str] = []
        for place in range(self.turns * 2):
            ask = self._ask(play, place, said)
            reply = reply_to(ask)
            text = reply.text.strip() if reply and not reply.fault else ""
            yield ask, text
            if not text:
                return
            said.append(text)

    def _ask(self, play: int, place: int, said: Sequence[str]) -> Ask:
        role = "client" if place % 2 == 0 else "consultant"
        name, manner = f"consult/{play:06d}/{place // 2 + 1}/{role}", self.manner
        lead = self._lead(play)
        system = prompt(f"{role}_{lead}_leads", client=self._client(play), category=self._category(play))
        # For who speaks now, what the other one said is the user's.
        words: list[Message] = [
            {"role": "assistant" if at % 2 == place % 2 else "user", "content": text} for at, text in enumerate(said)
        ]
        opening: list[Message] = [] if role == "consultant" else [{"role": "user", "content": "How can I help you?"}]
        messages: list[Message] = [{"role": "system", "content": system}, *opening, *words]
        return Ask(name, tuple(messages), manner.max_tokens, manner.temperature, manner.seed_of(name))

    def _lead(self, play: int) -> Lead:
        return self.leads[play % len(self.leads)]

    def _category(self, play: int) -> str:
        return self.categories[play // len(self.leads) % len(self.categories)]

    def _client(self, play: int) -> str:
        return CLIENTS[number(self.manner.seed, "client", str(play)) % len(CLIENTS)]

    def _record(self, play: int, said: Sequence[str]) -> Record:
        whole = said[: len(said) // 2 * 2]
        messages: list[Message] = [
            {"role": "user" if at % 2 == 0 else "assistant", "content": text} for at, text in enumerate(whole)
        ]
        return Record(
            id=f"consult/{play:06d}",
            shape="turn",
            source="taught",
            upstream_id=f"consult/{play:06d}",
            upstream_version="",
            licence=self.licence,
            made_by=made_by(self.manner.model, f"consultant_{self._lead(play)}_leads"),
            task=f"taught.{self._lead(play)} leads",
            messages=tuple(messages),
        )
